import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';
import { findBinary } from '../../test/support/find-binary.ts';

export interface PromtoolAnswer {
  status: number | null;
  output: string;
}

export type Promtool = (args: readonly string[], input?: string) => PromtoolAnswer;

/** A `describe` that needs promtool: that of `CLOUDTASK_PROMTOOL`, else of PATH. Without it the suite is skipped by name. */
export function describePromtool(name: string, suite: (promtool: Promtool) => void): void {
  const binary = findPromtool();
  if (binary === undefined) {
    describe.skip(`${name} (no promtool here)`, () => it('was not run', () => {}));
    return;
  }
  describe(name, () =>
    suite((args, input = '') => {
      const { status, stdout, stderr, error } = spawnSync(binary, args, { input, encoding: 'utf8' });
      if (error) throw error;
      return { status, output: stdout + stderr };
    }),
  );
}

function findPromtool(): string | undefined {
  const named = process.env.CLOUDTASK_PROMTOOL;
  if (named) return named;
  try {
    return findBinary('promtool', []);
  } catch {
    return undefined;
  }
}
