// The thread in which PGlite runs: PostgreSQL compiled to WebAssembly, which blocks its thread while it works.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { PGlite, parse, protocol } from '@electric-sql/pglite';
import { columnParsers } from './column-types.ts';
import { extractTar } from './extract-tar.ts';
import { OneSession } from './one-session.ts';
import {
  type Answer,
  type EngineOptions,
  REFUSAL_FIELDS,
  type Refusal,
  type Reply,
  type Request,
} from './pglite-messages.ts';
import { PLANNER_SETTINGS } from './planner-settings.ts';

if (!parentPort) throw new Error('pglite-worker.ts is the code of a thread');
const port = parentPort;
const { serialize } = protocol;
const send = (reply: Reply, transfer: ArrayBuffer[] = []) => port.postMessage(reply, transfer);
const engine = await openEngine(workerData as EngineOptions);
const session = new OneSession(runCommand);

port.on('message', (request: Request) => {
  const { id } = request;
  answer(request).then(
    (value) => send({ id, answer: value }, value instanceof Uint8Array ? [value.buffer as ArrayBuffer] : []),
    (error: unknown) => send(isBroken(error) ? { broken: String(error) } : { id, refusal: toRefusal(error) }),
  );
});
send({ ready: true });

async function answer(request: Request): Promise<unknown> {
  switch (request.op) {
    case 'query':
      if (request.transaction === undefined) return await session.inTurn(() => query(request));
      return await session.inTransaction(request.transaction, () => query(request));
    case 'script':
      return await session.inTurn(() => script(request.text));
    case 'begin':
      await session.begin(request.id);
      return request.id;
    case 'commit':
    case 'rollback':
      return await session.end(request.transaction, request.op);
    case 'dump':
      return await session.inTurn(dump);
    case 'close':
      return await session.inTurn(() => engine.close());
  }
}

async function openEngine({ directory, seed }: EngineOptions): Promise<PGlite> {
  const archive = seed && unpack(seed);
  if (directory === undefined) return await createEngine('memory://', archive && { loadDataDir: new Blob([archive]) });
  // Made under another name, so that a process which dies on the way leaves nothing that looks like a database.
  if (!existsSync(directory)) {
    const unfinished = `${directory}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    if (archive) extractTar(archive, unfinished);
    else await (await createEngine(unfinished)).close();
    renameSync(unfinished, directory);
  }
  return await createEngine(directory);
}

/** Undefined when it is damaged: the long way leads to the same place. */
function unpack(seed: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  try {
    return gunzipSync(seed, { chunkSize: 4 * 1024 * 1024 });
  } catch {
    return undefined;
  }
}

function createEngine(dataDir: string, options: { loadDataDir?: Blob } = {}): Promise<PGlite> {
  // The default for `shared_buffers`, 128 MB, makes the process 140 MB bigger and nothing faster at this size.
  const settings = { ...PLANNER_SETTINGS, shared_buffers: '16MB' };
  const params = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return PGlite.create({
    ...options,
    dataDir,
    startParams: [...PGlite.defaultStartParams, ...params],
    parsers: columnParsers,
  });
}

/** The parameter types of the statements that this session has prepared. */
const prepared = new Map<string, { text: string; types: number[] }>();

// PGlite's own `query` has the statement parsed, described and planned each time: 2.8 ms for a claim, against 0.45 ms.
async function query({
  name,
  text,
  values,
}: {
  name: string;
  text: string;
  values: readonly unknown[];
}): Promise<Answer> {
  const { types } = await prepare(name, text);
  const messages = await speak(
    [
      serialize.bind({ statement: name, values: toTexts(values, types) }),
      serialize.describe({ type: 'P' }),
      serialize.execute({}),
      serialize.sync(),
    ],
    ['bindComplete', 'commandComplete'],
  );
  const [result] = parse.parseResults(messages, engine.parsers);
  return { rows: result?.rows ?? [], affectedRows: result?.affectedRows ?? 0 };
}

async function prepare(name: string, text: string): Promise<{ types: number[] }> {
  const known = name === '' ? undefined : prepared.get(name);
  if (known && known.text !== text) throw new Error(`two different statements are called ${name}`);
  if (known) return known;
  const messages = await speak(
    [serialize.parse({ name, text }), serialize.describe({ type: 'S', name }), serialize.sync()],
    ['parseComplete', 'parameterDescription'],
  );
  const statement = { text, types: parse.parseDescribeStatementResults(messages) };
  if (name !== '') prepared.set(name, statement);
  return statement;
}

async function script(text: string): Promise<void> {
  await speak([serialize.query(text)], []);
  // It asked for the array types when it opened: those that a migration makes, of a status say, it would send as plain text.
  await engine.refreshArrayTypes();
}

async function runCommand(command: 'begin' | 'commit' | 'rollback'): Promise<void> {
  const messages = await speak([serialize.query(command)], ['commandComplete']);
  const [result] = parse.parseResults(messages, engine.parsers);
  // PostgreSQL answers so, without an error, when a statement of the transaction had failed.
  if (command === 'commit' && result?.command === 'ROLLBACK') {
    const message = 'a statement of this transaction failed, so it was rolled back instead of committed';
    throw Object.assign(new Error(message), { code: '25P02' });
  }
}

type Messages = Awaited<ReturnType<PGlite['execProtocolStream']>>;

/**
 * One round of PostgreSQL's protocol. What goes wrong below PostgreSQL (the stack of the thread is used up) shows as an
 * answer in which something is missing, without an error. Nothing is certain after it: a later commit has kept half of a
 * transaction. Hence the check.
 */
async function speak(messages: Uint8Array[], expected: readonly Messages[number]['name'][]): Promise<Messages> {
  const answers = await engine.execProtocolStream(Buffer.concat(messages));
  const missing = [...expected, 'readyForQuery'].find((name) => !answers.some((answer) => answer.name === name));
  if (missing) throw new Broken(`a statement ended without ${missing}`);
  return answers;
}

function toTexts(values: readonly unknown[], types: readonly number[]): (string | null)[] {
  return values.map((value, index) => {
    if (value === null || value === undefined) return null;
    const serialize = engine.serializers[types[index] ?? 0] ?? String;
    try {
      return serialize(value);
    } catch (cause) {
      throw new TypeError(`parameter $${index + 1} is of the wrong kind`, { cause });
    }
  });
}

async function dump(): Promise<Uint8Array> {
  await script('checkpoint'); // who starts from the copy has nothing to recover
  const archive = await engine.dumpDataDir('none');
  return new Uint8Array(await archive.arrayBuffer());
}

class Broken extends Error {}

/** Whether the engine itself failed, and not just a statement. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return true; // emscripten throws its exit status bare
  const severity = 'severity' in error ? error.severity : undefined;
  if (severity !== undefined) return severity === 'FATAL' || severity === 'PANIC';
  // RangeError: the call stack. RuntimeError: a trap, or emscripten's abort().
  return (
    error instanceof Broken ||
    error instanceof RangeError ||
    error.name === 'RuntimeError' ||
    error.name === 'ExitStatus'
  );
}

function toRefusal(error: unknown): Refusal {
  const source: Partial<Record<string, unknown>> = error instanceof Error ? { ...error } : {};
  const refusal: Refusal = { message: error instanceof Error ? error.message : String(error) };
  for (const field of REFUSAL_FIELDS) {
    const value = source[field];
    if (typeof value === 'string') refusal[field] = value;
  }
  return refusal;
}
