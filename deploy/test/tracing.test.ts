import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const tracing = pathToFileURL(join(import.meta.dirname, '..', 'traces', 'tracing.mjs')).href;
const api = pathToFileURL(createRequire(import.meta.url).resolve('@opentelemetry/api')).href;

const MADE_SPAN = `
import { trace } from '${api}';
const span = trace.getTracer('test').startSpan('test');
const name = span.resource?.attributes['service.name'];
`;

describe('tracing.mjs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudtask-test-tracing-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('calls a service by the file of its program', () => {
    expect(run('worker.js', [], `${MADE_SPAN} console.log(name);`)).toBe('worker');
  });

  it('calls a service in the image by its role, where all have one file', () => {
    expect(run('run-role.mjs', ['worker', '--help'], `${MADE_SPAN} console.log(name);`)).toBe('worker');
  });

  it('records in the program and not in its threads, which load it too', () => {
    const source = `${MADE_SPAN}
      import { isMainThread, Worker } from 'node:worker_threads';
      console.log(isMainThread ? 'program' : 'thread', span.isRecording());
      if (isMainThread) new Worker(new URL(import.meta.url));
    `;
    expect(run('worker.js', [], source).split('\n')).toEqual(['program true', 'thread false']);
  });

  it('records nothing in the child process of an isolated handler, which loads it too', () => {
    const entry = 'isolation/child';
    expect(existsSync(join(import.meta.dirname, '../../packages/worker/src', `${entry}.ts`))).toBe(true);
    expect(run(`${entry}.js`, ['handler.js'], `${MADE_SPAN} console.log(span.isRecording());`)).toBe('false');
  });

  function run(name: string, args: readonly string[], source: string): string {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    writeFileSync(join(folder, name), source);
    const { OTEL_SERVICE_NAME: _, NODE_OPTIONS: __, ...env } = process.env;
    return execFileSync(process.execPath, ['--import', tracing, join(folder, name), ...args], {
      encoding: 'utf8',
      env,
    }).trim();
  }
});
