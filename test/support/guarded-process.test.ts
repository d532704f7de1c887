import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { spawnGuarded } from './guarded-process.ts';

it('a server does not outlive a test runner that is killed', async () => {
  const module = new URL('./guarded-process.ts', import.meta.url).href;
  const program = `
    const { spawnGuarded } = await import(${JSON.stringify(module)});
    console.log(spawnGuarded({ command: 'sleep', args: ['300'] }).pid);
    process.kill(process.pid, 'SIGKILL');`;
  const runner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(await text(runner.stdout));
  expect(pid).toBeGreaterThan(0);
  await eventually(() => !isAlive(pid), { describe: `process ${pid} to be gone` });
});

it('says what a command that does not exist lacks, and ends at once', async () => {
  const guarded = spawnGuarded({ command: '/nowhere/postgres', args: [] });
  await guarded.end('SIGTERM');
  expect([guarded.hasEnded(), guarded.output()]).toEqual([true, 'spawn /nowhere/postgres ENOENT']);
});

it('kills the children too', async () => {
  const guarded = spawnGuarded({ command: 'sh', args: ['-c', 'sleep 300 & echo $!; wait'] });
  const child = Number(await eventually(() => guarded.output()));
  await guarded.end('SIGKILL');
  await eventually(() => !isAlive(child), { describe: `process ${child} to be gone` });
  await guarded.end('SIGKILL');
});

it('wakes what is frozen, so that it can end', async () => {
  const guarded = spawnGuarded({ command: 'sleep', args: ['300'] });
  guarded.signal('SIGSTOP');
  await guarded.end('SIGTERM');
  expect(guarded.hasEnded()).toBe(true);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
