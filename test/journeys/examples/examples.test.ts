import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { build } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { startService } from '../../support/cloudtask.ts';
import { createDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { ownFolder } from '../../support/own-folder.ts';
import { describeServices } from '../../support/services.ts';
import { runProgram } from '../run-program.ts';
import { missingLines } from './missing-lines.ts';
import { readBlocks } from './read-blocks.ts';
import { root, type Walk, walkReadme } from './walk-readme.ts';

test.each(['hello', 'email', 'bash-only', 'cron-report'])('%s does what its README shows', async (example) => {
  const walk = await walkReadme(example);
  await walk.rest();
});

test('embed-in-an-app prints its sum, and does so a second time in the same folder', async () => {
  const walk = await walkReadme('embed-in-an-app');
  await walk.next();
  expect(await walk.type('npx node examples/embed-in-an-app/app.ts')).toContain('{ sum: 6 }');
});

test('images goes on where a killed process had come to, and stops when it is cancelled', async () => {
  const walk = await walkReadme('images');
  await walk.next();
  await walk.next();
  const row = await eventually(() => rowOfLast(walk), { timeoutMs: 60_000, intervalMs: 500 });
  const log = await walk.next();
  walk.replace('PID', /pid=(\d+)/.exec(log)?.[1] ?? 'none');
  const watched = await walk.next();
  const begun = Array.from(watched.matchAll(/begins at row (\d+)/g), ([, at]) => Number(at));
  expect(begun).toEqual([0, expect.any(Number)]);
  expect(begun[1]).toBeGreaterThanOrEqual(row);
  expect(readdirSync(join(walk.folder, '.cloudtask/pictures')).sort()).toEqual(['tiles-blurred.ppm', 'tiles.ppm']);
  await walk.rest();
}, 240_000);

/** A checkpoint is there within a second, and the commands after this look take longer. */
async function rowOfLast({ type }: Walk): Promise<number> {
  const { progress } = JSON.parse(await type('cloudtask jobs show @last -o json')) as Job;
  return Number(/row (\d+)/.exec(progress?.message ?? '')?.[1] ?? 0);
}

test('csv-import finds the failures by their cause, and retries one before the others', async () => {
  const walk = await walkReadme('csv-import');
  await walk.next();
  await walk.next();
  const failures = await walk.next();
  walk.replace('CAUSE', /\b[0-9a-f]{12}\b/.exec(failures)?.[0] ?? 'none');
  await walk.rest();
});

test('monorepo-types is typed from the call to the result, and its web application has no code of the worker', async () => {
  const walk = await walkReadme('monorepo-types');
  await walk.rest();
  const written = 'examples/monorepo-types/two-repositories/cloudtask.d.ts';
  expect(readFileSync(join(walk.folder, written), 'utf8')).toBe(readFileSync(join(root, written), 'utf8'));
  const web = join(walk.folder, 'examples/monorepo-types/web/src/checkout.ts');
  const { output } = await build({ input: web, write: false, external: /^@cloudtask/ });
  expect(output.map((chunk) => chunk.type === 'chunk' && chunk.code).join()).toContain('order.bill');
  const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  expect(modules.map((id) => relative(join(walk.folder, 'examples/monorepo-types'), id)).sort()).toEqual([
    'contracts/src/index.ts',
    'web/src/checkout.ts',
  ]);
});

test('plugin-slack posts what it is given, under its prefix', async () => {
  const posted: string[] = [];
  const slack = createServer((request, response) => {
    request.on('data', (bytes) => posted.push(String(bytes))).on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void slack.close());
  const walk = await walkReadme('plugin-slack');
  walk.replace('https://hooks.slack.com/services/…', `http://127.0.0.1:${(slack.address() as AddressInfo).port}/hook`);
  await walk.rest();
  expect(posted).toEqual(['{"text":"Deployed"}']);
});

describeServices('fastify-embedded', ['postgres', 'rabbitmq'], (urls) => {
  test('submits jobs, runs them, and lets them finish when it closes', async () => {
    const database = await createDatabase(urls.postgres);
    const servers = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_QUEUE_PREFIX: `examples-${process.pid}.`,
    };
    const server = await startService('embedded', servers, ['--port', '0', '--data-dir', await ownFolder('shop')]);
    const env = { ...servers, CLOUDTASK_URL: server.url, PORT: '0' };
    const program = runProgram('examples/fastify-embedded/app.ts', [], env);
    const shop = await eventually(() => /ready on (\S+)/.exec(program.stdout())?.[1], { timeoutMs: 20_000 });

    // The URLs of the README: the port and the id are of this run.
    const [order, invoice] = readBlocks(readFileSync(join(root, 'examples/fastify-embedded/README.md'), 'utf8')).slice(
      1,
    );
    const ordered = await (await fetch(`${shop}${pathIn(order?.commands)}`, { method: 'POST' })).text();
    expect(missingLines(order?.shown ?? '', ordered)).toEqual([]);
    const { id } = JSON.parse(ordered) as Job;
    const got = await (await fetch(`${shop}${pathIn(invoice?.commands).replace('THE-ID', id)}`)).text();
    expect(missingLines(invoice?.shown ?? '', got)).toEqual([]);

    program.signal('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(program.stdout()).toContain('worker stopped: { completed: 0, released: 0 }');
    await server.end('SIGTERM');
    await database.drop();
  });
});

function pathIn(commands = ''): string {
  return /http:\/\/localhost:3000(\S*)/.exec(commands)?.[1] ?? '';
}
