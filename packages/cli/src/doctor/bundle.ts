import type { CloudTask, Health } from '@cloudtask/sdk';
import type { Setting } from '../settings/read-settings.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Finding } from './finding.ts';
import { redacted } from './redacted.ts';

/** What a report of a bug needs, and nothing that is anybody's secret or payload. */
export interface Bundle {
  madeAt: string;
  versions: { cli: string; node: string; platform: string };
  /** With their origins. */
  settings: Setting[];
  /** Names only. */
  variables: string[];
  findings: Finding[];
  health: Health | null;
  /** By cause; messages are left out, because handlers write payloads into them. */
  lastFailures: LastFailure[];
}

export interface BundleInput {
  version: string;
  settings: readonly Setting[];
  findings: readonly Finding[];
  surroundings: Surroundings;
  /** Undefined where no server was found. */
  ct: CloudTask | undefined;
  /** Everything that must not be in it, whatever else goes wrong. */
  secrets: readonly string[];
}

export async function makeBundle(input: BundleInput): Promise<Bundle> {
  const { version, settings, findings, surroundings, ct, secrets } = input;
  const { env, home } = surroundings;
  const bundle: Bundle = {
    madeAt: new Date().toISOString(),
    versions: { cli: version, node: process.versions.node, platform: `${process.platform} ${process.arch}` },
    // Whose session it is does not matter.
    settings: settings.map((each) =>
      each.name === 'session' && each.value !== null ? { ...each, value: '(set)' } : each,
    ),
    variables: Object.keys(env)
      .filter((name) => MATTERS.test(name))
      .sort(),
    findings: findings.map((each) =>
      each.id === 'session' && each.level === 'ok' ? { ...each, message: 'signed in' } : each,
    ),
    health: (await ifAnswered(ct?.health({ maxRetries: 0, timeout: '5s' }))) ?? null,
    lastFailures: await lastFailuresOf(ct),
  };
  return redacted(bundle, { home, secrets });
}

const SHOWN = 20;
const MATTERS = /^(CLOUDTASK_|NO_COLOR$|FORCE_COLOR$|CLICOLOR|CI$|TERM$|LANG$|LC_|NODE_|HTTPS?_PROXY$|NO_PROXY$)/i;

interface LastFailure {
  fingerprint: string;
  type: string;
  reason: string | null;
  errorName: string | null;
  errorCode: string | null;
  count: number;
  lastAt: string;
}

async function lastFailuresOf(ct: CloudTask | undefined): Promise<LastFailure[]> {
  const causes = (await ifAnswered(ct?.failures.list({ limit: SHOWN }).toArray({ limit: SHOWN }))) ?? [];
  return causes.map(({ fingerprint, type, reason, error, count, lastAt }) => ({
    fingerprint,
    type,
    reason,
    errorName: error?.name ?? null,
    errorCode: error?.code ?? null,
    count,
    lastAt,
  }));
}

async function ifAnswered<T>(call: PromiseLike<T> | undefined): Promise<T | undefined> {
  try {
    return await call;
  } catch {
    // The findings say why.
    return undefined;
  }
}
