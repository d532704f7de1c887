import type { ComposeProject } from '../compose-project.ts';
import { findTool } from '../find-tools.ts';
import { expectCommand, runCommand } from '../run-command.ts';
import type { Run, Step } from '../step.ts';
import { jobs } from './jobs.ts';
import { project } from './project.ts';
import { stackUp } from './stack-up.ts';

const services = {
  'job-service': {
    health: 'http://127.0.0.1:8080/actuator/health',
    metrics: 'http://127.0.0.1:8080/actuator/prometheus',
  },
  worker: { health: 'http://127.0.0.1:9091/health', metrics: 'http://127.0.0.1:9091/metrics' },
  'results-processor': { health: 'http://127.0.0.1:9092/health', metrics: 'http://127.0.0.1:9092/metrics' },
  scheduler: { health: 'http://127.0.0.1:9093/health', metrics: 'http://127.0.0.1:9093/metrics' },
};

export const health: Step = {
  name: 'health of each service',
  needs: [stackUp, project],
  async run(run) {
    await forEachContainer(run.resultOf(project), async (service, container, read) => {
      const report = JSON.parse(await read(services[service].health)) as {
        status: string;
        components: Record<string, { status: string }>;
      };
      const parts = Object.entries(report.components);
      const isUp = report.status === 'UP' && parts.length > 0 && parts.every(([, { status }]) => status === 'UP');
      if (!isUp) throw new Error(`${service} (${container}) says ${JSON.stringify(report)}`);
    });
  },
};

/** Prometheus' own rules for names, units and help texts, on what the services really say. */
export const metricNames: Step = {
  name: 'promtool check metrics on each service',
  needs: [jobs, project],
  async run(run) {
    const promtool = await findTool(run, 'promtool');
    const faults: string[] = [];
    await forEachContainer(run.resultOf(project), async (service, _container, read) => {
      const input = await read(services[service].metrics);
      const { code, stdout, stderr } = await runCommand([promtool, 'check', 'metrics'], { input, signal: run.signal });
      if (code !== 0) faults.push(`${service}: ${`${stdout}${stderr}`.trim()}`);
    });
    if (faults.length > 0) throw new Error([...new Set(faults)].join('\n'));
  },
};

type Visit = (
  service: keyof typeof services,
  container: string,
  read: (url: string) => Promise<string>,
) => Promise<void>;

async function forEachContainer(compose: ComposeProject, visit: Visit): Promise<void> {
  for (const service of Object.keys(services) as (keyof typeof services)[]) {
    const containers = await compose.containersOf(service);
    if (containers.length === 0) throw new Error(`${service} has no container`);
    for (const container of containers) await visit(service, container, (url) => compose.read(container, url));
  }
}

/** The three queues of the specification, by their names, where an operator looks for them. */
export const managementPage: Step = {
  name: 'queues in the management page of RabbitMQ',
  needs: [jobs, project],
  async run(run) {
    const names = await readQueueNames(run);
    const absent = ['jobs.created', 'jobs.started', 'jobs.completed'].filter((name) => !names.includes(name));
    if (absent.length > 0) throw new Error(`it shows ${names.join(', ')}, but not ${absent.join(', ')}`);
  },
};

async function readQueueNames(run: Run): Promise<string[]> {
  const { urlOf, env } = run.resultOf(project);
  const url = `${await urlOf('rabbitmq', 15672)}/api/queues?columns=name`;
  const answer = await expectCommand(['curl', '--silent', '--fail', '--user', 'guest:guest', url], {
    env,
    signal: run.signal,
  });
  return (JSON.parse(answer) as { name: string }[]).map(({ name }) => name);
}
