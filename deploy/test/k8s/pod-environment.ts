import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, type Settings } from '@cloudtask/core/config';
import { type Manifest, ofKind, type Workload } from './manifest.ts';

/** The variables that the container of a workload gets. */
export function environmentOf({ name, container }: Workload, manifests: readonly Manifest[]): Record<string, string> {
  const maps = (container.envFrom ?? []).map(({ configMapRef }) => {
    const map = ofKind(manifests, 'ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name);
    if (!map) throw new Error(`${name} takes its environment from ${configMapRef?.name}, which is not there`);
    return map.data ?? {};
  });
  const own = (container.env ?? []).map(({ name, value = '' }) => [name, value]);
  return { ...Object.assign({}, ...maps), ...Object.fromEntries(own) };
}

/** As the program reads it, with a fitting secret in every file that is named. Throws when the program would refuse. */
export function settingsIn(env: Record<string, string>, settings: Settings): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-k8s-'));
  try {
    const entries = Object.entries(env).map(([name, value]) => {
      if (!name.endsWith('_FILE')) return [name, value];
      const file = join(folder, name);
      writeFileSync(file, secretFor(value.split('/').at(-1) ?? ''));
      return [name, file];
    });
    return readSettings(settings, { flags: {}, env: Object.fromEntries(entries) });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** By the key of the secret, as the README has them made. */
function secretFor(key: string): string {
  const random = 'k3Vx9QpL7mRt2ZsW8yBn4CfH6jDg1AuE5oTi0XqM';
  switch (key) {
    case 'database-url':
      return `postgres://app:${random}@db.example.com/app?sslmode=verify-full`;
    case 'broker-url':
      return `amqps://app:${random}@mq.example.com`;
    case 'signals-url':
      return `rediss://:${random}@redis.example.com`;
    case 'smtp-url':
      return `smtps://app:${random}@mail.example.com`;
    default:
      return random;
  }
}
