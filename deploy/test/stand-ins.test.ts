import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { standInFor } from '../ci/standins/stand-ins.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The defaults of compose.yaml and of the Dockerfile. */
const images = [
  ...[...read('deploy/compose/compose.yaml').matchAll(/^ +image: \$\{\w+:-([^}]+)\}/gm)].map(([, image = '']) => image),
  /^ARG NODE_IMAGE=(\S+)/m.exec(read('Dockerfile'))?.[1] ?? '',
].filter((image) => !image.startsWith('cloudtask'));

describe('stand-ins for images', () => {
  it('are there for every image of the stack that Debian has the program of', () => {
    // A new tag whose version Debian lacks would turn most of the stack's verification into skips.
    const without = images.filter((image) => !standInFor(image));
    expect(without.map((image) => image.split(':')[0])).toEqual([
      'grafana/loki',
      'grafana/promtail',
      'grafana/grafana',
    ]);
  });

  it.each([
    ['postgres:17-bookworm', 'trixie'],
    ['docker.io/library/redis:8.10', 'trixie'],
    ['rabbitmq:3.10-management', 'bookworm'],
    ['rabbitmq:4.3-management', 'sid'],
  ])('%s comes from %s', (image, suite) => {
    expect(standInFor(image)?.suite).toBe(suite);
  });

  it.each(['rabbitmq:4.1-management', 'postgres:170', 'somebody/redis:8', 'prom/prometheus:latest'])(
    '%s has none',
    (image) => {
      expect(standInFor(image)).toBeUndefined();
    },
  );
});
