import { readFile } from 'node:fs/promises';
import { createTestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import plugin from '../src/index.ts';
import { hello } from '../src/jobs/hello.ts';

test('package.json tells what the plugin has', async () => {
  const { version, cloudtask } = JSON.parse(await readFile('package.json', 'utf8'));
  expect({ version, apiVersion: cloudtask.apiVersion, types: cloudtask.types }).toEqual({
    version: plugin.version,
    apiVersion: plugin.apiVersion,
    types: plugin.handlers.map(({ job }) => job.type),
  });
});

test('a job of the plugin is run', async () => {
  await using cloudtask = createTestClient({ handlers: plugin.handlers });
  await cloudtask.jobs.create(hello, { name: 'Ada' });
  expect(await cloudtask.drain()).toMatchObject({ completed: 1 });
});
