import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { k8sFolder } from './k8s/render.ts';
import { describePromtool } from './promtool.ts';

const scaled = parse(readFileSync(join(k8sFolder, 'keda/workers-by-waiting-time.yaml'), 'utf8')) as {
  spec: { triggers: { metadata: { query: string } }[] };
};
const query = scaled.spec.triggers[0]?.metadata.query ?? '';

interface Queue {
  age: number;
  isPaused?: boolean;
  workers?: number;
}

describePromtool('the number of workers follows', (promtool) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudtask-test-keda-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('the oldest job of the queues that workers take jobs of, whichever scheduler tells of it', () => {
    expectValue(40, { default: { age: 40 }, mail: { age: 3 } });
  });

  it('no job of a paused queue: more workers would not run it either', () => {
    expectValue(3, { default: { age: 900, isPaused: true }, mail: { age: 3 } });
  });

  it('no job of a queue that nobody takes jobs of', () => {
    expectValue(3, { default: { age: 3 }, forgotten: { age: 9000, workers: 0 } });
  });

  it('nothing when no queue is left, so that they go to the minimum', () => {
    expectValue(0, { default: { age: 900, isPaused: true }, forgotten: { age: 9000, workers: 0 } });
  });

  it('no guess while no scheduler answers', () => {
    expectValue(undefined, {});
  });

  function expectValue(value: number | undefined, queues: Record<string, Queue>): void {
    const series = Object.entries(queues).flatMap(([queue, { age, isPaused = false, workers = 2 }]) =>
      ['a', 'b'].flatMap((instance) => [
        { series: `cloudtask_queue_oldest_job_age_seconds{queue="${queue}",instance="${instance}"}`, values: `${age}` },
        { series: `cloudtask_queue_paused{queue="${queue}",instance="${instance}"}`, values: `${Number(isPaused)}` },
        { series: `cloudtask_workers{queue="${queue}",instance="${instance}"}`, values: `${workers}` },
      ]),
    );
    const expected = value === undefined ? [] : [{ labels: '{}', value }];
    const test = {
      input_series: series,
      promql_expr_test: [{ expr: query, eval_time: '0s', exp_samples: expected }],
    };
    const file = join(folder, 'test.yml');
    writeFileSync(file, stringify({ tests: [test] }));
    const { status, output } = promtool(['test', 'rules', file]);
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  }
});
