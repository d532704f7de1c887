import { eventually } from '../../../test/support/eventually.ts';
import { readTargets, type Target } from '../prometheus.ts';
import type { Step } from '../step.ts';
import { images } from './images.ts';
import { project } from './project.ts';
import { stackUp } from './stack-up.ts';

/** Every target is scraped, one per container; except those of services that have no image here, or run on the host. */
export const targets: Step = {
  name: 'Prometheus scrapes every target',
  needs: [stackUp, project, images],
  async run(run) {
    const { urlOf, containersOf } = run.resultOf(project);
    const { missing } = run.resultOf(images);
    const url = await urlOf('prometheus', 9090);
    const replicas = new Map<string, number>();
    for (const service of ['job-service', 'worker', 'results-processor', 'scheduler']) {
      replicas.set(service, (await containersOf(service)).length);
    }
    let seen: Target[] = [];
    const allUp = async (): Promise<boolean> => {
      run.signal.throwIfAborted();
      seen = (await readTargets(url)).filter(({ job, labels }) => !missing.has(job) && labels['runs'] !== 'on-host');
      const hasReplicas = [...replicas].every(
        ([job, count]) => seen.filter((each) => each.job === job).length === count,
      );
      return hasReplicas && seen.every(({ health }) => health === 'up');
    };
    const describe = (): string[] =>
      seen.map(({ job, instance, health, lastError }) => `${job} ${instance} ${health} ${lastError}`);
    await eventually(allUp, { timeoutMs: 60_000, intervalMs: 1000, describe });
    run.note(`${seen.length} targets up: ${[...new Set(seen.map(({ job }) => job))].join(', ')}`);
    for (const service of missing.keys()) {
      if (['loki', 'promtail', 'grafana'].includes(service))
        run.skip(`target ${service}`, `${missing.get(service)} is not here`);
    }
  },
};
