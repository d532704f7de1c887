import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const TICK_US = 10_000; // USER_HZ is 100 on Linux

/** CPU time of processes with all of their children, dead ones included, in µs. */
export function cpuOf(pids: readonly number[]): number {
  const processes = allProcesses();
  return pids.reduce((sum, pid) => sum + treeTicks(pid, processes), 0) * TICK_US;
}

/** The process that listens on a local port: servers do not tell their pid. */
export function listenerOn(port: number): number {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(table, port)));
  const pid = processIds().find((candidate) => openSockets(candidate).some((inode) => inodes.has(inode)));
  if (pid === undefined) throw new Error(`no process of this machine listens on port ${port}`);
  return pid;
}

interface Process {
  parent: number;
  ticks: number;
  ticksOfDeadChildren: number;
}

function treeTicks(root: number, processes: ReadonlyMap<number, Process>): number {
  const self = processes.get(root);
  if (!self) return 0;
  let ticks = self.ticks + self.ticksOfDeadChildren;
  for (const [pid, { parent }] of processes) if (parent === root) ticks += treeTicks(pid, processes);
  return ticks;
}

function allProcesses(): Map<number, Process> {
  const processes = new Map<number, Process>();
  for (const pid of processIds()) {
    try {
      // Fields after the command, which is in brackets and may hold anything: proc(5), /proc/pid/stat.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ').map(Number) ?? [];
      const [, parent = 0] = fields;
      const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
      processes.set(pid, { parent, ticks: user + system, ticksOfDeadChildren: childUser + childSystem });
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return processes;
}

function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function listeningInodes(table: string, port: number): string[] {
  const LISTEN = '0A';
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = readFileSync(`/proc/net/${table}`, 'utf8').trim().split('\n').slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${hex}`) && state === LISTEN)
    .map((fields) => fields[9] ?? '');
}

function openSockets(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? '';
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}
