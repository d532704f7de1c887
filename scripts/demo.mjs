// `npm run demo`: the whole platform in this process, three jobs through the SDK, live to their end. Needs nothing, leaves nothing.
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { CloudTask, defineHandler } from '@cloudtask/sdk';
import { startEmbedded } from '@cloudtask/server/embedded';

const TOTAL_MS = 60_000;

const flaky = defineHandler({
  type: 'demo.flaky',
  run: (_payload, { attempt }) => {
    if (attempt === 1) throw new Error('the provider answered 503');
    return { attemptsNeeded: attempt };
  },
});

const jobs = [
  {
    type: 'email',
    payload: {
      to: 'ada@example.com',
      subject: 'Hello from CloudTask',
      text: 'This mail was sent by a background job.',
    },
    isExpected: ({ status, attempt, result }) => status === 'COMPLETED' && attempt === 1 && Boolean(result?.file),
  },
  {
    type: 'sleep',
    payload: { seconds: 2 },
    isExpected: ({ status, attempt }) => status === 'COMPLETED' && attempt === 1,
  },
  {
    type: flaky.job.type,
    payload: { order: 42 },
    options: { backoff: { kind: 'fixed', delay: '1s' } },
    isExpected: ({ status, attempt, result }) =>
      status === 'COMPLETED' && attempt === 2 && result?.attemptsNeeded === 2,
  },
];

async function main(signal) {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-demo-'));
  try {
    return await demo(folder, signal);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function demo(folder, signal) {
  say(dim(`starting the platform in ${folder} …`));
  const platform = await startEmbedded({ port: 0, dataDir: folder, handlers: [flaky] });
  const ct = new CloudTask({ url: platform.url, auth: { getToken: async () => null } });
  try {
    say(`${bold('CloudTask')} runs on ${platform.url}: API, worker, scheduler and results processor in one process`);
    const account = { email: 'ada@example.com', password: randomBytes(18).toString('base64url') };
    await ct.auth.register(account, { signal });
    await ct.auth.login(account, { signal });
    say('registered and signed in as ada@example.com\n');

    const ended = await Promise.all(jobs.map((each) => runJob(ct, each, signal)));
    const mail = ended.find(({ job }) => job.type === 'email')?.job.result;
    if (mail?.file) await showMail(mail.file);

    const unexpected = ended.filter(({ isExpected }) => !isExpected);
    for (const { job } of unexpected) say(`unexpected: ${JSON.stringify(job)}`);
    say(`\n${ended.length - unexpected.length} of ${ended.length} jobs as expected`);
    return unexpected.length === 0 ? 0 : 1;
  } finally {
    await ct.close();
    await platform.close();
  }
}

async function runJob(ct, { type, payload, options, isExpected }, signal) {
  const submitted = ct.jobs.create(type, payload, { ...options, signal });
  let last;
  for await (const { kind, job } of submitted.watch({ signal, logs: false })) {
    if (kind !== 'status') continue;
    if (last === undefined || last.status !== job.status) say(lineOf(job));
    last = job;
  }
  return { job: last, isExpected: isExpected(last) };
}

const LOOKS = {
  SCHEDULED: ['◷', 'dim'],
  PENDING: ['○', 'dim'],
  RUNNING: ['●', 'blue'],
  RETRYING: ['↻', 'yellow'],
  COMPLETED: ['✓', 'green'],
  FAILED: ['✗', 'red'],
  CANCELLED: ['⊘', 'yellow'],
  EXPIRED: ['◌', 'yellow'],
};

function lineOf({ id, type, status, attempt, maxAttempts, error, result, nextAttemptAt, updatedAt }) {
  const [glyph, color] = LOOKS[status];
  const details = {
    RUNNING: () => `attempt ${attempt} of ${maxAttempts}`,
    RETRYING: () => `attempt ${attempt} failed: ${error?.message}; next in ${secondsUntil(nextAttemptAt, updatedAt)}`,
    COMPLETED: () => JSON.stringify(result),
    FAILED: () => error?.message ?? '',
  }[status]?.();
  const time = new Date(updatedAt).toISOString().slice(11, 23);
  const name = `${type.padEnd(10)} ${id.slice(-8)}`;
  return `${dim(time)}  ${paint(color, glyph)} ${name}  ${paint(color, status.toLowerCase().padEnd(9))}  ${details ?? ''}`.trimEnd();
}

function secondsUntil(time, from) {
  return `${((Date.parse(time) - Date.parse(from)) / 1_000).toFixed(1)}s`;
}

async function showMail(file) {
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
  say(`\nthe mail (no SMTP server is set, so it is a file): ${file}`);
  for (const line of lines.slice(0, 4)) say(dim(`  | ${line}`));
}

// styleText knows NO_COLOR and FORCE_COLOR, and leaves a pipe plain.
function paint(format, text) {
  return styleText(format, text, { stream: process.stdout });
}
function dim(text) {
  return paint('dim', text);
}
function bold(text) {
  return paint('bold', text);
}
function say(text) {
  process.stdout.write(`${text}\n`);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  // The second one finds no handler and ends the process at once.
  process.once(signal, () => stop.abort(new Error('stopped')));
}
const timer = setTimeout(() => stop.abort(new Error(`not done after ${TOTAL_MS / 1_000} s`)), TOTAL_MS);
try {
  process.exitCode = await main(stop.signal);
} catch (error) {
  const isStopped = stop.signal.aborted && error === stop.signal.reason && error.message === 'stopped';
  process.stderr.write(isStopped ? 'stopped\n' : `the demo failed: ${error.stack ?? error}\n`);
  process.exitCode = isStopped ? 130 : 1;
} finally {
  clearTimeout(timer);
}
