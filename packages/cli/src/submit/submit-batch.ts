import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { CloudTask, CreateOptions } from '@cloudtask/sdk';
import { usageError } from '../errors/cli-error.ts';
import { EXIT, type ExitCode } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../views/printable.ts';
import { shellWord } from '../views/shell-word.ts';
import { untilInterrupted } from '../watch/stop-watching.ts';
import { batchLines } from './batch-lines.ts';
import { type BatchOutcome, batchOutcomes } from './batch-outcomes.ts';

export interface SubmitBatch {
  type: string;
  /** `-`, or a file after an `@`. */
  source: string;
  options: CreateOptions;
}

interface Deps {
  ct: CloudTask;
  out: Output;
  surroundings: Surroundings;
}

interface Counts {
  queued: number;
  refused: number;
  /** Of the refused: those that the server could not take just now. */
  unsettled: number;
  lastLine: number;
}

/** Submits a job for each line of a file or of stdin, and tells the outcome of each. */
export async function submitBatch(deps: Deps, { type, source, options }: SubmitBatch): Promise<ExitCode> {
  const { ct, out, surroundings } = deps;
  const stream = await openSource(surroundings, source);
  const keyBase = options.idempotencyKey ?? randomUUID();
  const counts: Counts = { queued: 0, refused: 0, unsettled: 0, lastLine: 0 };
  const goOn = () => sayHowToGoOn(out, { type, source, keyBase, counts });
  out.live(() => `  ${countsText(counts)}`);
  try {
    const ended = await untilInterrupted(async (signal) => {
      // Whoever waits for a next line hears of nothing else.
      signal.addEventListener('abort', () => stream.destroy(new Error('interrupted')), { once: true });
      const lines = batchLines(stream);
      for await (const outcome of batchOutcomes(ct, lines, { type, options, keyBase, signal })) {
        count(counts, outcome);
        show(out, outcome);
        await out.drained();
      }
    });
    out.close();
    if (ended === 'interrupted') {
      goOn();
      return EXIT.interrupted;
    }
  } catch (error) {
    out.close();
    goOn();
    throw error;
  } finally {
    stream.destroy();
  }
  if (counts.unsettled > 0) {
    goOn();
    return EXIT.unreachable;
  }
  out.say(countsText(counts));
  return counts.refused > 0 ? EXIT.refused : EXIT.done;
}

async function openSource({ cwd, stdin }: Surroundings, source: string): Promise<Readable> {
  if (source === '-' || source === '@-') return stdin;
  if (!source.startsWith('@')) {
    throw usageError('--batch is @file or -', { why: `Files are named with an @: --batch @${source.slice(0, 40)}` });
  }
  const path = resolve(cwd, source.slice(1));
  const file = await open(path).catch((error: Error) => {
    throw usageError(`cannot read ${source.slice(1)}`, { why: error.message });
  });
  await file.close();
  return createReadStream(path);
}

function count(counts: Counts, outcome: BatchOutcome): void {
  counts.lastLine = outcome.line;
  if (outcome.ok) counts.queued++;
  else counts.refused++;
  if (!outcome.ok && PASSING.includes(outcome.error.code)) counts.unsettled++;
}

/** What says nothing about the line: the same line may be taken later. */
const PASSING = ['DATABASE_UNAVAILABLE', 'INTERNAL_ERROR'];

function show(out: Output, outcome: BatchOutcome): void {
  if (out.isData) out.event(outcome);
  else if (outcome.ok && (out.mode === 'plain' || out.mode === 'id')) out.answer(outcome.job.id);
  if (outcome.ok || out.isData) return;
  const { message, issues } = outcome.error;
  const [first] = issues;
  const why = first && !message.includes(first.message) ? `${message} ${first.path} ${first.message}` : message;
  out.warn(`${out.sayStyle.red('✗')} line ${outcome.line}: ${printable(why)}`);
}

function countsText({ queued, refused }: Counts): string {
  return `${queued + refused} sent · ${queued} queued · ${refused} refused`;
}

interface BrokenOff {
  type: string;
  source: string;
  keyBase: string;
  counts: Counts;
}

/** The keys of the jobs are made of the numbers of their lines: what was accepted already is found again, not made twice. */
function sayHowToGoOn(out: Output, { type, source, keyBase, counts }: BrokenOff): void {
  const { lastLine, unsettled } = counts;
  const where = lastLine === 0 ? 'before the first line was done' : `after line ${lastLine}`;
  const what = unsettled > 0 ? `${unsettled} of them may be taken later.` : `It broke off ${where}.`;
  out.warn(`${countsText(counts)}. ${what}`);
  out.warn('  Submit the same lines again with the same key; no job is made twice:');
  const again = `cloudtask submit ${type} --batch ${shellWord(source)} --idempotency-key ${shellWord(keyBase)}`;
  out.warn(`  ${out.typed(again)}`);
}
