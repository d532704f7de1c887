import { type DeclarationReflection, ReflectionKind } from 'typedoc';

/** The members that a symbol adds to what documented ones hand down. Those with a symbol for a name belong to the language. */
export function ownMembers(symbol: DeclarationReflection, documented: ReadonlySet<string>): DeclarationReflection[] {
  // The type of a constant is shown whole.
  if (symbol.kind === ReflectionKind.Variable) return [];
  const members = symbol.type?.type === 'reflection' ? symbol.type.declaration.children : symbol.children;
  return (members ?? []).filter(
    ({ name, inheritedFrom }) => !name.startsWith('[') && !documented.has(inheritedFrom?.name.split('.')[0] ?? ''),
  );
}
