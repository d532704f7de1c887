import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills a process that leads a group of its own, the group, and on Linux also those of its descendants that left the
 * group. One whose parent has ended already and that left the group is out of reach.
 */
export function killTree(pid: number): void {
  const others = descendantsOf(pid);
  // Windows has no groups.
  kill(process.platform === 'win32' ? pid : -pid);
  for (const other of others) {
    kill(-other);
    kill(other);
  }
}

/** True while processes that it started are running; false where that cannot be seen. */
export function hasChildren(pid: number): boolean {
  return childrenOf(pid).length > 0;
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    return threads.flatMap((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim();
      return text === '' ? [] : text.split(' ').map(Number);
    });
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone, which is what was wanted.
  }
}
