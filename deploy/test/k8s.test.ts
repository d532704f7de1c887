import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cloudtask/core/logger';
import { createRegistry } from '@cloudtask/core/metrics';
import { type Probe, startProbe } from '@cloudtask/core/probe';
import { type Embedded, startEmbedded } from '@cloudtask/server/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baseWithoutKubectl } from './k8s/base-without-kubectl.ts';
import { deploymentsIn, type Manifest, ofKind, type PodSpec, workloadsIn } from './k8s/manifest.ts';
import { environmentOf } from './k8s/pod-environment.ts';
import { describePolicy } from './k8s/policy.ts';
import { longestAttemptSeconds } from './k8s/programs.ts';
import { findKubectl, k8sFolder, render, renderWith } from './k8s/render.ts';
import { readPromQL } from './read-query.ts';

const kubectl = findKubectl();
const readme = readFileSync(join(k8sFolder, 'README.md'), 'utf8');

/** What answers the probes, for real. */
/** A second, and on a busy machine many. */
const START_MS = 60_000;
let dataDir: string;
let platform: Embedded;
let probe: Probe;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cloudtask-k8s-'));
  const health = async () => ({ status: 'UP' as const, components: {} });
  const registry = createRegistry({ application: 'test' });
  probe = await startProbe({ port: 0, host: '127.0.0.1', registry, health, logger: silentLogger });
  platform = await startEmbedded({ port: 0, dataDir });
}, START_MS);
afterAll(async () => {
  await probe?.close();
  await platform?.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const servers = () => ({ jobService: platform.url, probe: `http://127.0.0.1:${probe.port}` });

describe('the base, read without kubectl', () => describePolicy(baseWithoutKubectl(), servers));

if (kubectl === undefined) {
  describe.skip('Kubernetes overlays (no kubectl here)', () => test('were not rendered', () => {}));
} else {
  describe('overlay dev', () => {
    const manifests = render(kubectl, join(k8sFolder, 'overlays/dev'));
    describePolicy(manifests, servers);
    needsOnlyKubernetes(manifests);

    test('every secret it refers to is in it', () => {
      const made = ofKind(manifests, 'Secret').map(({ metadata }) => metadata.name);
      for (const { name, pod } of workloadsIn(manifests))
        expect(made, name).toEqual(expect.arrayContaining(secretsOf(pod)));
    });
  });

  describe('overlay prod', () => {
    const manifests = render(kubectl, join(k8sFolder, 'overlays/prod'));
    describePolicy(manifests, servers);
    needsOnlyKubernetes(manifests);

    test('holds no secret, and the README tells how to make each that it refers to', () => {
      expect(ofKind(manifests, 'Secret')).toEqual([]);
      const needed = new Set(workloadsIn(manifests).flatMap(({ pod }) => secretsOf(pod)));
      expect([...needed].sort()).toEqual(['cloudtask-mail', 'cloudtask-stores', 'cloudtask-tokens']);
      for (const workload of workloadsIn(manifests)) {
        for (const [name, path] of Object.entries(environmentOf(workload, manifests))) {
          if (name.endsWith('_FILE')) expect(readme, name).toContain(`${path.split('/').at(-1)}=`);
        }
      }
      for (const name of needed) expect(readme).toContain(`create secret generic ${name}`);
    });

    test('runs in production mode, where nobody changes tables but the migrate job', () => {
      for (const workload of workloadsIn(manifests)) {
        expect(environmentOf(workload, manifests)['CLOUDTASK_ENV'], workload.name).toBe('production');
      }
      expect(workloadsIn(manifests).filter(({ kind }) => kind === 'Job')).toMatchObject([
        { name: 'cloudtask-migrate' },
      ]);
    });
  });

  describe('overlay prod with both components', () => {
    const manifests = renderWith(kubectl, 'prod', ['keda', 'pod-monitor']);
    describePolicy(manifests, servers);

    test('the number of workers is left to KEDA, by a metric that is exported', async () => {
      const { scaleTargetRef, triggers } = scaledIn(manifests);
      const target = workloadsIn(manifests).find(
        ({ kind, name }) => kind === 'Deployment' && name === scaleTargetRef.name,
      );
      expect(target?.name).toBe('worker');
      expect(target?.replicas).toBeUndefined();
      const metrics = await (await fetch(`${platform.url}/actuator/prometheus`)).text();
      const asked = triggers.map(({ metadata }) => readPromQL(metadata.query));
      expect(asked.map(({ errors }) => errors)).toEqual([[]]);
      for (const metric of asked.flatMap((each) => each.metrics)) expect(metrics).toContain(`# TYPE ${metric} gauge\n`);
    });

    test('workers are not taken away before the longest job could be done', () => {
      const { cooldownPeriod, minReplicaCount, advanced } = scaledIn(manifests);
      const { scaleDown } = advanced.horizontalPodAutoscalerConfig.behavior;
      expect(cooldownPeriod).toBeGreaterThan(longestAttemptSeconds());
      expect(scaleDown.stabilizationWindowSeconds).toBeGreaterThan(longestAttemptSeconds());
      expect(minReplicaCount).toBeGreaterThan(0);
    });

    test('the pod monitor names ports and paths that the pods have', async () => {
      const [monitor] = ofKind(manifests, 'PodMonitor');
      const endpoints = monitor?.spec?.podMetricsEndpoints ?? [];
      for (const workload of deploymentsIn(manifests)) {
        const [port] = workload.container.ports ?? [];
        const paths = endpoints.filter((each) => each.port === port?.name).map(({ path }) => path);
        expect(paths, workload.name).toEqual([workload.annotations['prometheus.io/path']]);
      }
    });
  });
}

function needsOnlyKubernetes(manifests: Manifest[]): void {
  test('can be applied to a cluster that has nothing installed', () => {
    const apis = new Set(manifests.map(({ apiVersion }) => apiVersion));
    expect([...apis].sort()).toEqual(['apps/v1', 'batch/v1', 'networking.k8s.io/v1', 'policy/v1', 'v1']);
  });
}

interface ScaledObject {
  scaleTargetRef: { name: string };
  cooldownPeriod: number;
  minReplicaCount: number;
  advanced: { horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: number } } } };
  triggers: { metadata: { query: string } }[];
}

function scaledIn(manifests: readonly Manifest[]): ScaledObject {
  const [scaled] = ofKind(manifests, 'ScaledObject');
  if (!scaled) throw new Error('there is no ScaledObject');
  // Only here, and only these members.
  return scaled.spec as unknown as ScaledObject;
}

function secretsOf({ volumes = [] }: PodSpec): string[] {
  return volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : []));
}
