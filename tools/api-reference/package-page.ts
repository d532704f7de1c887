import { type DeclarationReflection, ReflectionKind } from 'typedoc';
import type { PublicEntry } from './public-api.ts';
import { symbolText } from './symbol-text.ts';

const SECTIONS: readonly { title: string; kind: ReflectionKind }[] = [
  { title: 'Functions', kind: ReflectionKind.Function },
  { title: 'Classes', kind: ReflectionKind.Class },
  { title: 'Interfaces', kind: ReflectionKind.Interface },
  { title: 'Types', kind: ReflectionKind.TypeAlias },
  { title: 'Constants', kind: ReflectionKind.Variable },
];

/** The reference of one package, the same every time: by kind, then by name. */
export function packagePage(name: string, api: readonly PublicEntry[]): string {
  const documented = new Set(api.flatMap(({ symbols }) => symbols.map((symbol) => symbol.name)));
  const anchors = new Anchors();
  anchors.of(`@cloudtask/${name}`);
  const contents: string[] = [];
  const entries = api.filter((entry) => entry.name === name);
  const body = entries.flatMap((entry) => entryText(entry, { documented, anchors, contents }));
  return `${[
    `# @cloudtask/${name}`,
    'Made from the docstrings by `npm run generate`; the guides are in [docs](..). Members of a type that another one extends are told there.',
    contents.join('\n\n'),
    ...body,
  ].join('\n\n')}\n`;
}

interface Page {
  /** The names of all symbols of all packages. */
  documented: ReadonlySet<string>;
  anchors: Anchors;
  contents: string[];
}

function entryText({ specifier, symbols }: PublicEntry, { documented, anchors, contents }: Page): string[] {
  const text = [`## \`import … from '${specifier}'\``];
  anchors.of(`import … from '${specifier}'`);
  for (const { title, kind } of SECTIONS) {
    const chosen = symbols.filter((symbol) => symbol.kind === kind).sort(byName);
    if (chosen.length === 0) continue;
    const links = chosen.map((symbol) => `[${symbol.name}](#${anchors.of(symbol.name)})`);
    contents.push(`**${title}${specifier.split('/').length > 2 ? ` of \`${specifier}\`` : ''}**: ${links.join(' · ')}`);
    text.push(...chosen.map((symbol) => `### ${symbol.name}\n\n${symbolText(symbol, documented)}`));
  }
  return [...text, ...symbols.filter((symbol) => symbol.kind === ReflectionKind.Reference).map(sameText)];
}

/** What a package passes on from another. */
function sameText({ name }: DeclarationReflection): string {
  return `### ${name}\n\nThat of [@cloudtask/sdk](sdk.md#${name.toLowerCase()}).`;
}

function byName(a: DeclarationReflection, b: DeclarationReflection): number {
  return a.name.localeCompare(b.name, 'en');
}

/** GitHub's anchors: of headings with equal texts all but the first are numbered. */
class Anchors {
  readonly #taken = new Map<string, number>();

  of(heading: string): string {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const before = this.#taken.get(anchor) ?? 0;
    this.#taken.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  }
}
