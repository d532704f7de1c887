import type { Job } from '@cloudtask/sdk/contract';
import { expectCommand } from '../run-command.ts';
import type { Run, Step } from '../step.ts';
import { images } from './images.ts';
import { jobs } from './jobs.ts';
import { project } from './project.ts';

// After the kill the job is found within about 2 s (docs/architecture.md) and starts anew on the other worker.
const killed = { seconds: 8, timeoutMs: 40_000 };
// Longer than the grace of 25 s, so that the worker must give it back.
const drained = { seconds: 120 };

export const workerKilled: Step = {
  name: 'a job whose worker is killed ends on the other',
  needs: [jobs, project, images],
  async run(run) {
    const { cli } = run.resultOf(jobs);
    const { env } = run.resultOf(project);
    const { id } = await cli.submit('sleep', `seconds:=${killed.seconds}`);
    const running = await cli.watch(id, isRunning, 20_000);
    const container = await containerOf(run, running);
    await expectCommand(['docker', 'kill', '--signal', 'KILL', container], { env, signal: run.signal });
    const from = performance.now();
    const ended = await cli.watch(id, isOver, killed.timeoutMs);
    if (ended.status !== 'COMPLETED' || ended.worker?.host === running.worker?.host) {
      throw new Error(`after the death of ${running.worker?.host} the job is ${JSON.stringify(ended)}`);
    }
    run.note(
      `${killed.seconds} s of work ended ${((performance.now() - from) / 1000).toFixed(1)} s after the kill, attempt ${ended.attempt}`,
    );
    await startWorkers(run);
  },
};

export const workerDrained: Step = {
  name: 'a stopped worker gives its job back, at no cost',
  needs: [jobs, project, images],
  async run(run) {
    const { cli } = run.resultOf(jobs);
    const { compose } = run.resultOf(project);
    const short = await cli.submit('sleep', 'seconds:=5');
    const long = await cli.submit('sleep', `seconds:=${drained.seconds}`);
    await cli.watch(short.id, isRunning, 20_000);
    await cli.watch(long.id, isRunning, 20_000);

    const containers = await run.resultOf(project).containersOf('worker');
    const from = performance.now();
    await compose('stop', 'worker');
    const seconds = (performance.now() - from) / 1000;
    await expectOwnEnd(run, containers);

    const finished = await cli.watch(short.id, isOver, 5_000);
    if (finished.status !== 'COMPLETED' || finished.attempt !== 1) {
      throw new Error(`a job of 5 s should have ended within the grace: ${JSON.stringify(finished)}`);
    }
    const waiting = await cli.show(long.id);
    if (waiting.status !== 'PENDING' || waiting.attempt !== 0) {
      throw new Error(`the job that was not done should wait with attempt 0: ${JSON.stringify(waiting)}`);
    }
    await startWorkers(run);
    const again = await cli.watch(long.id, isRunning, 20_000);
    if (again.attempt !== 1) throw new Error(`the stop cost an attempt: ${JSON.stringify(again)}`);
    await cli.run('cancel', long.id);
    await cli.watch(long.id, isOver, 20_000);
    run.note(`both workers stopped in ${seconds.toFixed(1)} s`);
  },
};

const isRunning = ({ status, worker }: Job): boolean => status === 'RUNNING' && worker !== null;
const isOver = ({ status }: Job): boolean => ['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'].includes(status);

/** A container's host name is what its worker calls its host. */
async function containerOf(run: Run, { worker }: Job): Promise<string> {
  const { env, containersOf } = run.resultOf(project);
  for (const container of await containersOf('worker')) {
    const name = await expectCommand(['docker', 'inspect', '--format', '{{.Config.Hostname}}', container], { env });
    if (name.trim() === worker?.host) return container;
  }
  throw new Error(`no container is called ${worker?.host}`);
}

/** 137 is what a container that had to be killed ends with. */
async function expectOwnEnd(run: Run, containers: string[]): Promise<void> {
  const { env } = run.resultOf(project);
  const codes = (await expectCommand(['docker', 'inspect', '--format', '{{.State.ExitCode}}', ...containers], { env }))
    .trim()
    .split('\n');
  if (codes.some((code) => code !== '0')) throw new Error(`the workers ended with ${codes.join(' and ')} instead of 0`);
}

async function startWorkers(run: Run): Promise<void> {
  await run.resultOf(project).compose('up', '--detach', '--wait', ...run.resultOf(images).services);
}
