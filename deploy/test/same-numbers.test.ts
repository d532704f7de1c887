import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { documentedPrograms } from '../../scripts/documented-programs.ts';
import { composeFolder, describeCompose, resolveStack } from './docker-compose.ts';

// The same port stands in programs, in the compose file, in Prometheus' settings and in the docs. Here they must agree.

interface ScrapeConfig {
  job_name: string;
  metrics_path?: string;
  dns_sd_configs?: { names: string[]; port: number }[];
  static_configs?: { targets: string[] }[];
}

const services = ['job-service', 'worker', 'results-processor', 'scheduler'];
const scrapes = (parse(read('prometheus/prometheus.yml')) as { scrape_configs: ScrapeConfig[] }).scrape_configs;

describe.each(services)('%s', (name) => {
  const port = defaultOf(name, name === 'job-service' ? 'CLOUDTASK_PORT' : 'CLOUDTASK_METRICS_PORT');

  it('is scraped where it shows its metrics, in containers and on the host', () => {
    const scrape = scrapes.find(({ job_name }) => job_name === name);
    expect(scrape).toMatchObject({
      dns_sd_configs: [{ names: [name], port: Number(port) }],
      static_configs: [{ targets: [`host.docker.internal:${port}`] }],
    });
    expect(scrape?.metrics_path ?? '/metrics').toBe(name === 'job-service' ? '/actuator/prometheus' : '/metrics');
  });
});

describeCompose('the stack of a developer', () => {
  const { services: all } = resolveStack({ profiles: ['app'] });

  it.each(services)('asks %s for its health on the port that it listens on', (name) => {
    const port = defaultOf(name, name === 'job-service' ? 'CLOUDTASK_PORT' : 'CLOUDTASK_METRICS_PORT');
    expect(all[name]?.healthcheck?.test.at(-1)).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/.*readiness$`));
  });

  it('is reached by services from a clone without any setting', () => {
    const database = new URL(defaultOf('worker', 'CLOUDTASK_DATABASE_URL'));
    expect(all['postgres']?.environment).toMatchObject({
      POSTGRES_USER: database.username,
      POSTGRES_DB: database.pathname.slice(1),
      // The URL has no password.
      POSTGRES_HOST_AUTH_METHOD: 'trust',
    });
    const broker = new URL(defaultOf('worker', 'CLOUDTASK_BROKER_URL'));
    expect(all['rabbitmq']?.environment).toEqual({
      RABBITMQ_DEFAULT_USER: broker.username,
      RABBITMQ_DEFAULT_PASS: broker.password,
    });
    const signals = new URL(defaultOf('worker', 'CLOUDTASK_SIGNALS_URL'));
    expect([published('postgres'), published('rabbitmq'), published('redis')]).toEqual([
      [database.port],
      [broker.port, '15672'],
      [signals.port],
    ]);
  });

  it('scrapes only what is in the stack', () => {
    const targets = scrapes.flatMap(({ static_configs = [] }) => static_configs.flatMap((each) => each.targets));
    const hosts = targets.map((target) => target.split(':')[0] ?? '');
    expect(hosts.filter((host) => !['host.docker.internal', 'localhost', ...Object.keys(all)].includes(host))).toEqual(
      [],
    );
  });

  it.each([
    [
      'promtail',
      { names: ['promtail'], port: Number(/http_listen_port: (\d+)/.exec(read('promtail/config.yml'))?.[1]) },
    ],
    ['alloy', { names: ['alloy'], port: Number(/listen-addr=[\d.]+:(\d+)/.exec(read('compose.alloy.yaml'))?.[1]) }],
  ])('scrapes %s only where it is there: one log shipper takes the place of the other', (name, found) => {
    const { dns_sd_configs, static_configs } = scrapes.find(({ job_name }) => job_name === name) ?? {};
    expect([dns_sd_configs, static_configs]).toMatchObject([[found], undefined]);
    const { services: whole } = resolveStack({ files: name === 'alloy' ? ['compose.alloy.yaml'] : [] });
    const prometheus = Object.keys(whole['prometheus']?.networks ?? {});
    expect(prometheus).toEqual(expect.arrayContaining(Object.keys(whole[name]?.networks ?? { none: {} })));
  });

  it('publishes the ports that docs/operations.md lists', () => {
    const docs = readFileSync(join(composeFolder, '..', '..', 'docs', 'operations.md'), 'utf8');
    const listed = [...docs.matchAll(/^\| `([\w-]+)` \| (\d+) \| `(\w+)` \|/gm)].map(([, ...row]) => row.join(' '));
    const inFiles = Object.entries(all).flatMap(([name, { ports = [] }]) =>
      ports.map(({ published }) => `${name} ${published} ${variableOf(published)}`),
    );
    expect(listed.filter((row) => !/^(alloy|tempo|otel-collector) /.test(row)).sort()).toEqual(inFiles.sort());
  });

  function published(name: string): string[] {
    return (all[name]?.ports ?? []).map((port) => port.published);
  }

  function variableOf(port: string): string {
    return new RegExp(`\\$\\{(\\w+):-${port}\\}:${port}`).exec(read('compose.yaml'))?.[1] ?? 'no variable';
  }
});

describe('the data sources of Grafana', () => {
  const provisioned = ['datasources', 'tempo'].flatMap(
    (file) =>
      (parse(read(`grafana/provisioning/datasources/${file}.yaml`)) as { datasources: DataSource[] }).datasources,
  );

  it('have the uids that dashboards and links name', () => {
    expect(provisioned.map(({ uid }) => uid)).toEqual(['prometheus', 'loki', 'tempo']);
    const [prometheus, loki] = provisioned;
    const named = [
      ...(loki?.jsonData.derivedFields ?? []),
      ...(prometheus?.jsonData.exemplarTraceIdDestinations ?? []),
    ];
    expect(named.map(({ datasourceUid }) => datasourceUid)).toEqual(['tempo', 'tempo']);
  });

  it('know how often Prometheus asks: rates over less would be empty', () => {
    const { global } = parse(read('prometheus/prometheus.yml')) as { global: { scrape_interval: string } };
    expect(provisioned[0]?.jsonData.timeInterval).toBe(global.scrape_interval);
  });
});

interface DataSource {
  uid: string;
  jsonData: {
    timeInterval?: string;
    derivedFields?: { datasourceUid: string }[];
    exemplarTraceIdDestinations?: { datasourceUid: string }[];
  };
}

function defaultOf(program: string, variable: string): string {
  const { settings = {} } = documentedPrograms.find(({ name }) => name === program) ?? {};
  const setting = Object.values(settings).find(({ env }) => env === variable);
  if (setting?.default === undefined) throw new Error(`${program} has no setting ${variable} with a default`);
  return setting.default;
}

function read(file: string): string {
  return readFileSync(join(composeFolder, file), 'utf8');
}
