/** What the tests read of a Kubernetes object. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  data?: Record<string, string>;
  spec?: Spec;
}

export interface Spec {
  replicas?: number;
  selector?: Record<string, string> & LabelSelector;
  podSelector?: LabelSelector;
  template?: { metadata: { labels: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec };
  ports?: { port: number; targetPort?: string }[];
  ingress?: { ports?: { port: string | number }[] }[];
  podMetricsEndpoints?: { port: string; path: string }[];
  [other: string]: unknown;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
}

export interface PodSpec {
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  serviceAccountName?: string;
  securityContext?: object;
  terminationGracePeriodSeconds?: number;
  shareProcessNamespace?: boolean;
  topologySpreadConstraints?: { topologyKey: string; labelSelector?: LabelSelector; matchLabelKeys?: string[] }[];
  containers: Container[];
  volumes?: { name: string; secret?: { secretName: string }; emptyDir?: object }[];
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  envFrom?: { configMapRef?: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: object;
  lifecycle?: { preStop?: { sleep?: { seconds: number } } };
  startupProbe?: HttpProbe;
  livenessProbe?: HttpProbe;
  readinessProbe?: HttpProbe;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
}

interface HttpProbe {
  httpGet?: { path: string; port: string };
}

/** A Deployment or Job of CloudTask, with its one container. The stores of the dev overlay are none. */
export interface Workload {
  kind: string;
  name: string;
  replicas: number | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  selector: Record<string, string> | undefined;
  pod: PodSpec;
  container: Container;
}

export function workloadsIn(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const { template } = spec ?? {};
    const container = template?.spec.containers.find(({ name }) => name === 'cloudtask');
    if (!template || !container) return [];
    const { labels, annotations = {} } = template.metadata;
    const selector = spec?.selector?.matchLabels;
    return [
      {
        kind,
        name: metadata.name,
        replicas: spec?.replicas,
        labels,
        annotations,
        selector,
        pod: template.spec,
        container,
      },
    ];
  });
}

export function deploymentsIn(manifests: readonly Manifest[]): Workload[] {
  return workloadsIn(manifests).filter(({ kind }) => kind === 'Deployment');
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}
