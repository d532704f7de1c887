import type { DeclarationReflection, SignatureReflection } from 'typedoc';
import { beforeAll, expect, test } from 'vitest';
import { ownMembers } from '../../../tools/api-reference/own-members.ts';
import { type PublicEntry, readPublicApi } from '../../../tools/api-reference/public-api.ts';

// What the reference (docs/reference) is made from, and what editors show.

/** The way into each package, by a program that a reader can take over. */
const WITH_EXAMPLE = [
  'CloudTask',
  'Jobs.create',
  'Jobs.run',
  'Jobs.wait',
  'Jobs.watch',
  'Jobs.createMany',
  'defineJob',
  'defineHandler',
  'createWorker',
  'createTestClient',
  'runHandler',
  'defineConfig',
  'definePlugin',
  'startEmbedded',
];

let api: PublicEntry[] = [];
beforeAll(async () => {
  api = await readPublicApi();
}, 60_000);

test('every symbol that users can import says what it is, and so does every member', () => {
  const documented = new Set(api.flatMap(({ symbols }) => symbols.map(({ name }) => name)));
  const missing = api.flatMap(({ specifier, symbols }) =>
    symbols
      .filter((symbol) => !symbol.isReference())
      .flatMap((symbol) => [
        ...(saysWhatItIs(symbol) ? [] : [`${specifier}: ${symbol.name}`]),
        ...membersOf(symbol, documented)
          .filter((member) => !saysWhatItIs(member))
          .map((member) => `${specifier}: ${symbol.name}.${member.name}`),
      ]),
  );
  expect(missing, missing.join('\n')).toEqual([]);
});

test.each(WITH_EXAMPLE)('%s has an example', (path) => {
  const [name, member] = path.split('.');
  const symbol = api.flatMap(({ symbols }) => symbols).find((each) => each.name === name && !each.isReference());
  const described = member === undefined ? symbol : symbol?.children?.find((each) => each.name === member);
  const comments = [described?.comment, ...(described?.signatures ?? []).map(({ comment }) => comment)];
  const examples = comments.flatMap((comment) => comment?.blockTags.filter(({ tag }) => tag === '@example') ?? []);
  expect(examples.length).toBeGreaterThan(0);
});

/** Constructors are told by their class. */
function membersOf(symbol: DeclarationReflection, documented: ReadonlySet<string>): DeclarationReflection[] {
  return ownMembers(symbol, documented).filter(({ name }) => name !== 'constructor');
}

/** One of several signatures may speak for all. */
function saysWhatItIs({ comment, signatures, getSignature, type }: DeclarationReflection): boolean {
  // A member that is a function has its words at the call.
  const called = type?.type === 'reflection' ? (type.declaration.signatures ?? []) : [];
  const calls: readonly (SignatureReflection | undefined)[] = [...(signatures ?? []), getSignature, ...called];
  return [comment, ...calls.map((call) => call?.comment)].some((each) => each?.hasVisibleComponent());
}
