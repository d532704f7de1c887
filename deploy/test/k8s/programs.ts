import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@cloudtask/core/config';
import { probeSettings, sharedSettings } from '@cloudtask/core/shared-settings';
import { jobServiceSettings, schedulerSettings } from '../../../packages/server/src/settings.ts';
import { workerSettings } from '../../../packages/worker/src/settings.ts';
import type { Workload } from './manifest.ts';

/** The commands of the image, and what each can be told. */
export const programs: Record<string, Settings> = {
  migrate: sharedSettings,
  'job-service': { ...sharedSettings, ...jobServiceSettings },
  worker: { ...sharedSettings, ...workerSettings, ...probeSettings(9091) },
  'results-processor': { ...sharedSettings, ...probeSettings(9092) },
  scheduler: { ...sharedSettings, ...probeSettings(9093), ...schedulerSettings },
};

export function settingsOf({ name, container }: Workload): Settings {
  const settings = programs[container.args?.[0] ?? ''];
  if (!settings)
    throw new Error(`${name} runs "${container.args}", which is none of ${Object.keys(programs).join(', ')}`);
  return settings;
}

/** The variables of these settings, those that name files included. */
export function namesOf(...all: Settings[]): string[] {
  const settings = all.flatMap((each) => Object.values(each));
  return settings.flatMap(({ env, secret }) => (secret ? [env, `${env}_FILE`] : [env]));
}

/** The port that a program serves with the values it was given. */
export function portOf(values: Record<string, unknown>): unknown {
  return values['port'];
}

/** The most seconds a program takes to stop: read where it is written, so that a change there is noticed here. */
export function drainSeconds(program: string, values: Record<string, unknown>): number {
  if (program !== 'worker') return numberIn('packages/core/src/service.ts', /const GRACE_MS = ([\d_]+);/) / 1000;
  const after = numberIn('packages/worker/src/run-worker.ts', /shutdownGrace \+ ([\d_]+)/);
  return ((values['shutdownGrace'] as number) + after) / 1000;
}

/** An attempt that the job says nothing of. */
export function longestAttemptSeconds(): number {
  return numberIn('packages/core/src/submission/to-job-request.ts', /timeoutMs: ([\d_]+) \* 60_000/) * 60;
}

function numberIn(file: string, pattern: RegExp): number {
  const [, digits] = pattern.exec(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')) ?? [];
  if (digits === undefined) throw new Error(`${file} no longer says ${pattern}`);
  return Number(digits.replaceAll('_', ''));
}
