import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PayloadValidationError, type Problem } from '@cloudtask/sdk';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { TestPlatform } from '../../worker/test/support/test-platform.ts';
import { createTestClient } from '../src/index.ts';
import { invoice, olderInvoice, sendInvoice, sent } from './fixtures/invoice.ts';

// One contract, one mistake – an amount as text – and everybody who could pass it on.

const WRONG = { to: 'ada@example.com', cents: '12.50' };
const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../../..');
const ct = createTestClient({ handlers: [sendInvoice] });
afterAll(() => ct.close());

test('the compiler refuses it, and takes the right one', async () => {
  const folder = await mkdtemp(path.join(import.meta.dirname, 'fixtures/compiled-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const submit = (cents: string) => `
    import { CloudTask } from '@cloudtask/sdk';
    import { invoice } from '../invoice.ts';
    await new CloudTask().jobs.create(invoice, { to: 'ada@example.com', cents: ${cents} });
    export {};`;
  await writeFile(path.join(folder, 'right.ts'), submit('1250'));
  await writeFile(path.join(folder, 'wrong.ts'), submit("'12.50'"));
  const options = { include: ['*.ts'], references: [], compilerOptions: { noEmit: true, composite: false } };
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../../../tsconfig.tests.json', ...options }),
  );
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  const compiled = await run(process.execPath, [compiler, '-p', folder, '--pretty', 'false']).catch((failed) => failed);
  const complaints = String(compiled.stdout)
    .split('\n')
    .filter((line) => line.includes('error TS'));
  expect(complaints, complaints.join('\n')).toHaveLength(1);
  // At the call itself.
  expect(complaints[0]).toContain('wrong.ts(4,');
}, 60_000);

test('the client refuses it before anything is sent', async () => {
  ct.failNext('jobs.create', 500);
  const error = await ct.jobs.create(invoice, WRONG as never).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(PayloadValidationError);
  expect(error).toMatchObject({ code: 'INVALID_PAYLOAD', issues: [{ path: '/cents' }] });
  // The failure that was planned for the call is still there: no call was made.
  await expect(ct.jobs.create(invoice, { to: 'ada@example.com', cents: 1 })).rejects.toMatchObject({ status: 500 });
});

test('the server refuses it from any program, and says where', async () => {
  // A worker has registered the type, and the server has seen it.
  await ct.jobs.create(invoice, { to: 'ada@example.com', cents: 1 });
  await ct.drain();
  const { url, token } = await ct.server();
  const body = JSON.stringify({ type: 'invoice.send', payload: WRONG });
  const headers = ['-H', `authorization: Bearer ${token}`, '-H', 'content-type: application/json'];
  const curl = async () => {
    const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', ...headers, '-d', body, `${url}/jobs`]);
    const [text = '', status] = stdout.split('\n');
    return { status, problem: JSON.parse(text) as Problem };
  };
  const { problem } = await eventually(async () => {
    const answer = await curl();
    return answer.status === '422' && answer;
  });
  expect(problem).toMatchObject({ code: 'INVALID_PAYLOAD', issues: [{ path: '/payload/cents' }] });
  expect(problem.hint).toContain('JSON pointer');
});

test('the worker refuses one that an older contract let in: for good, after one attempt', async () => {
  // Stored as a server did that knew the type without its schema.
  const platform = await TestPlatform.inMemory();
  onTestFinished(() => platform.close());
  await platform.settleReports();
  sent.length = 0;
  const id = await platform.submit(olderInvoice.type, WRONG, { maxAttempts: 5 });
  await platform.worker([sendInvoice as never]);
  await platform.hint(olderInvoice.type, [id]);
  expect(await platform.finished(id)).toMatchObject({
    status: 'FAILED',
    reason: 'INVALID_PAYLOAD',
    failures: 1,
    fence: 1,
    error: { retryable: false, message: expect.stringContaining('/cents') },
  });
  expect(sent).toEqual([]);
});
