import { expect, test } from 'vitest';
import { deploymentsIn, type Manifest, ofKind, type Workload, workloadsIn } from './manifest.ts';
import { environmentOf, settingsIn } from './pod-environment.ts';
import { drainSeconds, namesOf, portOf, programs, settingsOf } from './programs.ts';

/** Where paths can really be asked for. */
export interface Servers {
  jobService: string;
  /** Of a service without an API. */
  probe: string;
}

/** What holds for every rendering. */
export function describePolicy(manifests: readonly Manifest[], servers: () => Servers): void {
  const workloads = workloadsIn(manifests);
  const services = deploymentsIn(manifests);
  const each = (list: readonly Workload[]) => test.each(list.map((workload) => [workload.name, workload] as const));

  test('has the four services and the migration', () => {
    const found = workloads.map(({ kind, container }) => `${kind} ${container.args?.join(' ')}`);
    expect(found.sort()).toEqual([
      'Deployment job-service',
      'Deployment results-processor',
      'Deployment scheduler',
      'Deployment worker',
      'Job migrate',
    ]);
  });

  each(workloads)('%s runs without rights', (_, { pod, container }) => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      serviceAccountName: 'cloudtask',
    });
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.volumeMounts).toContainEqual({ name: 'tmp', mountPath: '/tmp' });
    expect(pod.volumes?.find(({ name }) => name === 'tmp')?.emptyDir).toBeDefined();
  });

  each(workloads)('%s mounts what is there, secrets read-only', (_, { pod, container }) => {
    for (const { name, mountPath, readOnly } of container.volumeMounts ?? []) {
      const volume = pod.volumes?.find((each) => each.name === name);
      expect(volume, mountPath).toBeDefined();
      if (volume?.secret) expect(readOnly, mountPath).toBe(true);
    }
  });

  each(workloads)('%s is told nothing that its program does not know', (_, workload) => {
    const env = environmentOf(workload, manifests);
    const settings = settingsOf(workload);
    for (const { name } of workload.container.env ?? []) expect(namesOf(settings)).toContain(name);
    for (const name of Object.keys(env)) expect(namesOf(...Object.values(programs))).toContain(name);
    settingsIn(env, settings);
  });

  each(workloads)('%s reads its secrets from files of mounted secrets', (_, workload) => {
    const { pod, container } = workload;
    const secrets = Object.values(settingsOf(workload)).filter(({ secret }) => secret);
    const env = environmentOf(workload, manifests);
    expect(secrets.filter(({ env: name }) => name in env)).toEqual([]);
    for (const path of Object.entries(env).flatMap(([name, path]) => (name.endsWith('_FILE') ? [path] : []))) {
      const mount = container.volumeMounts?.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
      expect(pod.volumes?.find(({ name }) => name === mount?.name)?.secret, path).toBeDefined();
    }
  });

  each(services)('%s is probed where it answers', async (name, workload) => {
    const { container, annotations } = workload;
    const [port] = container.ports ?? [];
    expect(port?.containerPort).toBe(portOf(settingsIn(environmentOf(workload, manifests), settingsOf(workload))));
    expect(annotations['prometheus.io/port']).toBe(String(port?.containerPort));
    const url = name === 'job-service' ? servers().jobService : servers().probe;
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
      (each) => each?.httpGet,
    );
    for (const each of [...probes, { port: port?.name, path: annotations['prometheus.io/path'] }]) {
      expect(each?.port).toBe(port?.name);
      expect((await fetch(`${url}${each?.path}`)).status, each?.path).toBe(200);
    }
    // It must not ask the stores: their outage would restart every pod.
    expect(container.livenessProbe?.httpGet?.path).toMatch(/\/liveness$/);
    expect(container.readinessProbe?.httpGet?.path).toMatch(/\/readiness$/);
  });

  each(services)('%s has time to stop', (name, workload) => {
    const values = settingsIn(environmentOf(workload, manifests), settingsOf(workload));
    const pauseSeconds = workload.container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(workload.pod.terminationGracePeriodSeconds).toBeGreaterThan(pauseSeconds + drainSeconds(name, values));
  });

  test('somebody reaps what the child processes of handlers leave behind', () => {
    expect(services.find(({ name }) => name === 'worker')?.pod.shareProcessNamespace).toBe(true);
  });

  each(services)('%s is limited, spread, and drained one at a time', (_, workload) => {
    const { resources } = workload.container;
    expect(resources).toMatchObject({
      requests: { cpu: expect.stringMatching(/m$/), memory: expect.stringMatching(/Mi$/) },
      limits: { memory: expect.stringMatching(/[MG]i$/) },
    });
    const spread = workload.pod.topologySpreadConstraints ?? [];
    expect(spread.map(({ topologyKey }) => topologyKey).sort()).toEqual([
      'kubernetes.io/hostname',
      'topology.kubernetes.io/zone',
    ]);
    for (const { labelSelector, matchLabelKeys } of spread) {
      expect(selects(labelSelector?.matchLabels, workload)).toBe(true);
      // Otherwise the pods of all services would be counted as one.
      expect(matchLabelKeys).toContain('app.kubernetes.io/component');
    }
    const budgets = ofKind(manifests, 'PodDisruptionBudget').filter((each) =>
      selects(each.spec?.selector?.matchLabels, workload),
    );
    expect(budgets.map(({ spec }) => spec)).toMatchObject([
      { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    ]);
  });

  test('Argo CD migrates when what the Job needs is there, and at each sync anew', () => {
    expect(ofKind(manifests, 'Job').map(({ metadata }) => metadata.annotations)).toEqual([
      { 'argocd.argoproj.io/hook': 'Sync', 'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation' },
    ]);
  });

  test('every image has a version', () => {
    const images = manifests.flatMap(({ spec }) => spec?.template?.spec.containers ?? []).map(({ image }) => image);
    expect(images.length).toBeGreaterThanOrEqual(5);
    for (const image of images) {
      expect(image).toMatch(/:[\w.-]+$/);
      expect(image).not.toMatch(/:latest$/);
    }
  });

  test('every selector finds its pods, every named port is one of theirs', () => {
    for (const workload of services) {
      expect(selects(workload.selector, workload), workload.name).toBe(true);
    }
    for (const { metadata, spec } of ofKind(manifests, 'Service').filter(({ spec }) => !isStore(spec?.selector))) {
      const found = workloads.filter((each) => selects(spec?.selector, each));
      expect(found.map(({ name }) => name)).toEqual([metadata.name]);
      for (const { port, targetPort } of spec?.ports ?? []) {
        expect(found[0]?.container.ports).toContainEqual({ name: targetPort, containerPort: port });
      }
    }
    for (const { metadata, spec } of ofKind(manifests, 'NetworkPolicy')) {
      const found = workloads.filter((each) => selects(spec?.podSelector?.matchLabels, each));
      expect(found.length, metadata.name).toBeGreaterThan(0);
      const names = found.flatMap(({ container }) => container.ports ?? []).map(({ name }) => name);
      for (const { port } of (spec?.ingress ?? []).flatMap(({ ports = [] }) => ports)) expect(names).toContain(port);
    }
  });

  test('the network lets nothing through but what is named', () => {
    const denial = ofKind(manifests, 'NetworkPolicy').find(({ spec }) => !spec?.ingress && !spec?.['egress']);
    expect(denial?.spec?.['policyTypes']).toEqual(['Ingress', 'Egress']);
    for (const workload of workloads)
      expect(selects(denial?.spec?.podSelector?.matchLabels, workload), workload.name).toBe(true);
  });
}

function selects(labels: Record<string, string> | undefined, workload: Workload): boolean {
  const wanted = Object.entries(labels ?? {});
  return wanted.length > 0 && wanted.every(([name, value]) => workload.labels[name] === value);
}

/** Those of the dev overlay are not ours. */
function isStore(selector: Record<string, string> | undefined): boolean {
  return selector !== undefined && 'app' in selector;
}
