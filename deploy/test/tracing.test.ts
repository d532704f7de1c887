import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

  function run(name: string, args: readonly string[], source: string): string {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, name), source);
    const { OTEL_SERVICE_NAME: _, NODE_OPTIONS: __, ...env } = process.env;
    return execFileSync(process.execPath, ['--import', tracing, join(folder, name), ...args], {
      encoding: 'utf8',
      env,
    }).trim();
  }
});
