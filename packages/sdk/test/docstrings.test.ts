import { beforeAll, expect, test } from 'vitest';
import { ownMembers } from '../../../tools/api-reference/own-members.ts';
import { type PublicEntry, type PublicSymbol, readPublicApi } from '../../../tools/api-reference/public-api.ts';

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

/** Words that mean the same wherever they stand, and are explained where the thing itself is: saying more would be padding. */
const PLAIN_WORDS = new Set(
  [
    'id jobId type name queue payload result status attempt error message tags metadata reason level fields handlers filter action',
    'createdAt updatedAt startedAt finishedAt endedAt email password user host version method url headers signal context',
  ].flatMap((line) => line.split(' ')),
);

let api: PublicEntry[] = [];
beforeAll(async () => {
  api = await readPublicApi();
}, 60_000);

test('every symbol that users can import says what it is, and so does every member that is no plain word', () => {
  const documented = new Set(api.flatMap(({ symbols }) => symbols.map(({ name }) => name)));
  const missing = api.flatMap(({ specifier, symbols }) =>
    symbols
      .filter((symbol) => !symbol.isReference())
      .flatMap((symbol) => [
        ...(saysWhatItIs(symbol) ? [] : [symbol.name]),
        ...membersOf(symbol, documented)
          .filter((member) => !saysWhatItIs(member) && !namesMember(symbol, member.name))
          .map((member) => `${symbol.name}.${member.name}`),
      ])
      .map((name) => `${specifier}: ${name}`),
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

/** Constructors are told by their class; members of the language (`error.name`) and marks (`~standard`) are not for users. */
function membersOf(symbol: PublicSymbol, documented: ReadonlySet<string>): PublicSymbol[] {
  return ownMembers(symbol, documented).filter(
    ({ name }) => name !== 'constructor' && !name.startsWith('~') && !PLAIN_WORDS.has(name),
  );
}

/** The words of the whole may speak of a part: "`fingerprint` is equal for failures with the same cause". */
function namesMember({ comment }: PublicSymbol, name: string): boolean {
  const named = comment?.summary.filter(({ kind }) => kind === 'code').map(({ text }) => text) ?? [];
  return named.includes(`\`${name}\``);
}

/** One of several signatures may speak for all. */
function saysWhatItIs({ comment, signatures, getSignature, type }: PublicSymbol): boolean {
  // A member that is a function has its words at the call.
  const called = type?.type === 'reflection' ? (type.declaration.signatures ?? []) : [];
  const calls = [...(signatures ?? []), getSignature, ...called];
  return [comment, ...calls.map((call) => call?.comment)].some((each) => each?.hasVisibleComponent());
}
