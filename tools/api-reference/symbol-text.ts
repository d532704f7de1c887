import { type DeclarationReflection, ReflectionKind } from 'typedoc';
import { aliasText, headText, propertyText, signatureText } from './declaration-text.ts';
import { docstringText } from './docstring-text.ts';
import { ownMembers } from './own-members.ts';

/** What stands below the heading of a symbol. `documented` are the names of all that has a heading somewhere. */
export function symbolText(symbol: DeclarationReflection, documented: ReadonlySet<string>): string {
  switch (symbol.kind) {
    case ReflectionKind.Function:
      return callText(symbol, `function ${symbol.name}`);
    case ReflectionKind.TypeAlias:
      return paragraphs(code(aliasText(symbol)), docstringText(symbol.comment), membersOfAlias(symbol));
    case ReflectionKind.Variable:
      return paragraphs(
        code(`const ${propertyText(symbol).replace(/^readonly /, '')};`),
        docstringText(symbol.comment),
      );
    case ReflectionKind.Class:
    case ReflectionKind.Interface: {
      const keyword = symbol.kind === ReflectionKind.Class ? 'class' : 'interface';
      return paragraphs(
        code(headText(keyword, symbol)),
        docstringText(symbol.comment),
        membersText(symbol, documented),
      );
    }
    default:
      throw new Error(`${symbol.name} is a ${ReflectionKind.singularString(symbol.kind)}: say here how to show it`);
  }
}

/** Values first, as a list; then calls, each with a heading. What a documented symbol hands down is told there. */
function membersText(symbol: DeclarationReflection, documented: ReadonlySet<string>): string {
  const own = ownMembers(symbol, documented);
  const values = own.filter((each) => !isCall(each));
  const calls = own.filter(isCall);
  return paragraphs(
    values.map(valueText).join('\n'),
    ...calls.map((call) => paragraphs(`#### ${symbol.name}${headingOf(call)}`, callText(call, nameOf(call, symbol)))),
  );
}

/** The members of the one object type that an alias may be. */
function membersOfAlias(symbol: DeclarationReflection): string {
  return symbol.type?.type === 'reflection' ? ownMembers(symbol, new Set()).map(valueText).join('\n') : '';
}

function isCall({ kind }: DeclarationReflection): boolean {
  return kind === ReflectionKind.Method || kind === ReflectionKind.Constructor;
}

function headingOf({ kind, name }: DeclarationReflection): string {
  return kind === ReflectionKind.Constructor ? ': constructor' : `.${name}()`;
}

function nameOf({ kind, name, flags }: DeclarationReflection, parent: DeclarationReflection): string {
  if (kind === ReflectionKind.Constructor) return `new ${parent.name}`;
  return flags.isOptional ? `${name}?` : name;
}

function callText({ signatures = [] }: DeclarationReflection, name: string): string {
  const docstrings = new Set(signatures.map(({ comment }) => docstringText(comment)).filter(Boolean));
  const parameters = new Set(
    signatures
      .flatMap((signature) => signature.parameters ?? [])
      .filter(({ comment }) => comment?.hasVisibleComponent())
      .map((parameter) => `- \`${parameter.name}\` – ${docstringText(parameter.comment).replace(/^- /, '')}`),
  );
  const declared = signatures.map((signature) => signatureText(name, signature));
  return paragraphs(code(declared.join('\n')), [...parameters].join('\n'), ...docstrings);
}

function valueText(member: DeclarationReflection): string {
  const said = docstringText(member.getSignature?.comment ?? member.comment);
  const declared = `- \`${propertyText(member)}\``;
  if (!said) return declared;
  // What follows in its own paragraph still belongs to the point.
  return `${declared} – ${said.replaceAll('\n', '\n  ')}`;
}

function code(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}

function paragraphs(...parts: readonly string[]): string {
  return parts.filter(Boolean).join('\n\n');
}
