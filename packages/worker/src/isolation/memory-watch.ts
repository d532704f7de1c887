import { readFileSync, writeFileSync } from 'node:fs';

/** The memory that a process holds, buffers and all; undefined when it is gone, and where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ', 2)[1]);
    return Number.isFinite(pages) ? pages * pageBytes() : undefined;
  } catch {
    return undefined;
  }
}

/** When the whole machine runs out of memory before we look, the kernel takes this process and not the worker. */
export function offerToMemoryKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '500');
  } catch {
    // Gone already, or no such file here.
  }
}

let knownPageBytes: number | undefined;

/** 4 KiB almost everywhere, 16 or 64 on some ARM kernels. */
function pageBytes(): number {
  knownPageBytes ??= readPageBytes();
  return knownPageBytes;
}

// The kernel tells each process in its auxiliary vector: pairs of a key and a value.
function readPageBytes(): number {
  const vector = readFileSync('/proc/self/auxv');
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  return 4_096;
}

const AT_PAGESZ = 6n;
