import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { durationFrom } from '@cloudtask/core/settings-parsers';
import { expect, it } from 'vitest';
import { documentedPrograms } from '../../scripts/documented-programs.ts';
import {
  type ComposeService,
  composeFolder,
  describeCompose,
  type Resolve,
  resolveStack,
  type Stack,
} from './docker-compose.ts';
import { requiredSecrets } from './required-secrets.ts';

const base = ['postgres', 'redis', 'rabbitmq', 'prometheus', 'loki', 'promtail', 'grafana'];
const services = ['job-service', 'worker', 'results-processor', 'scheduler'];
const stores = ['postgres', 'redis', 'rabbitmq'];

const stacks: Record<string, Resolve> = {
  'the bare stack': {},
  'the stack with the services': { profiles: ['app'] },
  'the stack with Alloy': { files: ['compose.alloy.yaml'], profiles: ['app'] },
  'the stack for production': { files: ['compose.prod.yaml'], profiles: ['app'], variables: requiredSecrets },
  'the stack with traces': { files: ['compose.traces.yaml'], profiles: ['app', 'traces'] },
  'the stack for production with Alloy and traces': {
    files: ['compose.prod.yaml', 'compose.alloy.yaml', 'compose.traces.yaml'],
    profiles: ['app', 'traces'],
    variables: requiredSecrets,
  },
};

for (const [name, options] of Object.entries(stacks)) {
  describeCompose(name, () => {
    const stack = resolveStack(options);
    const longRunning = Object.entries(stack.services).filter(([each]) => each !== 'migrate');
    const own = ownServices(stack);

    it('is called cloudtask, whatever its folder is called', () => {
      expect(stack.name).toBe('cloudtask');
    });

    it.each(longRunning)(
      '%s is asked for its health, comes back, and cannot fill the disk with its log',
      (_, service) => {
        expect(service.healthcheck?.test[0]).toMatch(/^CMD/);
        expect(service.restart).toBe('unless-stopped');
        expect(service.logging).toEqual({ driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } });
      },
    );

    it.each(Object.entries(stack.services))('%s gets no rights beyond those that it needs', (_, service) => {
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toContain('no-new-privileges:true');
    });

    it.each(Object.entries(stack.services))(
      '%s is pinned to a version, and open to this machine alone',
      (_, service) => {
        expect(service.image).toMatch(/^[\w./-]+:(?!latest$)[\w.-]+$/);
        for (const { host_ip, target } of service.ports ?? []) expect([target, host_ip]).toEqual([target, '127.0.0.1']);
      },
    );

    it.each(Object.entries(own))('%s runs as a nobody that cannot change its own code', (_, service) => {
      expect(service).toMatchObject({ user: '1000:1000', read_only: true, init: true });
    });

    it.each(Object.entries(own))('%s is told to stop longer than it may take', (_, service) => {
      expect(seconds(service.stop_grace_period)).toBeGreaterThan(longestStopSeconds(service));
    });

    it.each(Object.entries(own))('%s sets only variables that its program knows', (role, { environment = {} }) => {
      const program = documentedPrograms.find(({ name }) => name === (role === 'migrate' ? 'job-service' : role));
      const known = Object.values(program?.settings ?? {}).flatMap(({ env, secret }) => [
        env,
        ...(secret ? [`${env}_FILE`] : []),
      ]);
      const set = Object.keys(environment).filter((variable) => variable.startsWith('CLOUDTASK_'));
      expect(set.filter((variable) => !known.includes(variable))).toEqual([]);
    });

    it('mounts only what is there', () => {
      const mounted = Object.values(stack.services).flatMap(({ volumes = [] }) => volumes);
      const files = mounted.filter(({ type, source }) => type === 'bind' && !source.endsWith('docker.sock'));
      expect(files.map(({ source }) => source).filter((source) => !existsSync(source))).toEqual([]);
    });
  });
}

describeCompose('docker compose up -d', () => {
  it("starts the specification's seven", () => {
    expect(Object.keys(resolveStack().services).sort()).toEqual(base.toSorted());
  });

  it('starts migrate and the four services with the profile app', () => {
    expect(Object.keys(resolveStack({ profiles: ['app'] }).services).sort()).toEqual(
      [...base, 'migrate', ...services].sort(),
    );
  });

  it.each(services)('starts %s after the stores and the migration', (name) => {
    const { depends_on } = serviceOf(resolveStack({ profiles: ['app'] }), name);
    expect(depends_on).toMatchObject({
      postgres: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
      rabbitmq: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  });

  it('gives RabbitMQ a name that stays, because its data is kept under it', () => {
    expect(serviceOf(resolveStack(), 'rabbitmq')).toMatchObject({ hostname: 'rabbitmq' });
  });

  it('keeps Grafana and the log shipper away from the stores', () => {
    const { services: all } = resolveStack();
    expect([all['grafana'], all['promtail']].map((service) => Object.keys(service?.networks ?? {}))).toEqual([
      ['monitoring'],
      ['monitoring'],
    ]);
  });

  it.each(services)('runs as many of %s as its variable says', (name) => {
    const variable = `${name.toUpperCase().replaceAll('-', '_')}_REPLICAS`;
    const stack = resolveStack({ profiles: ['app'], variables: { [variable]: '3' } });
    expect(serviceOf(stack, name).deploy?.replicas).toBe(3);
  });

  it('hands handlers to the workers only when a folder is named', () => {
    const handlers = (variables: Record<string, string>) =>
      serviceOf(resolveStack({ profiles: ['app'], variables }), 'worker').environment?.['CLOUDTASK_HANDLERS'];
    expect(handlers({})).toBe('');
    expect(handlers({ HANDLERS_DIR: './handlers' })).toBe('/app/handlers');
  });
});

describeCompose('the override for production', () => {
  const production: Resolve = { files: ['compose.prod.yaml'], profiles: ['app'] };

  it.each(Object.keys(requiredSecrets))('starts nothing without %s, and names it', (missing) => {
    const variables: Record<string, string> = { ...requiredSecrets };
    delete variables[missing];
    expect(() => resolveStack({ ...production, variables })).toThrow(new RegExp(`${missing}.*generate-secrets\\.sh`));
  });

  const stack = resolveStack({ ...production, variables: requiredSecrets });

  it.each(stores)('publishes no port of %s', (name) => {
    expect(serviceOf(stack, name).ports ?? []).toEqual([]);
  });

  it.each(Object.entries(stack.services))('shows no password in the environment of %s', (_, { environment = {} }) => {
    const withValue = Object.entries(environment).filter(([, value]) => value !== '');
    const secret = withValue.filter(([name]) => /PASS|SECRET|PEPPER|_URL/.test(name) && !name.endsWith('_FILE'));
    expect(secret).toEqual([]);
  });

  it.each(Object.entries(stack.services))('mounts each file that %s is told to read', (_, service) => {
    const told = Object.entries(service.environment ?? {}).filter(([name, value]) => name.endsWith('_FILE') && value);
    const mounted = (service.secrets ?? []).map(({ target }) => target);
    expect(told.map(([, file]) => file).filter((file) => !mounted.includes(file))).toEqual([]);
  });

  const docs = readFileSync(join(composeFolder, '..', '..', 'docs', 'operations.md'), 'utf8');
  const documented = docs.match(/(?<=COMPOSE_FILE=)compose\.yaml:compose\.prod\.yaml:[\w.:-]+/g) ?? [];

  it.each(documented)('is still there when the docs add a file: %s', (list) => {
    const files = list.split(':').slice(1);
    const { services: all } = resolveStack({ files, profiles: ['app', 'traces'], variables: requiredSecrets });
    expect(stores.map((name) => all[name]?.ports ?? [])).toEqual([[], [], []]);
  });

  it('is never dropped by a command that the docs give for any machine', () => {
    expect(documented.map((list) => list.split(':').at(-1))).toEqual(['compose.alloy.yaml', 'compose.traces.yaml']);
    const lines = docs.split('\n').filter((line) => line.includes('compose -f compose.yaml'));
    expect(lines.filter((line) => !line.includes("developer's machine, and only there"))).toEqual([]);
  });

  const whole = resolveStack({
    files: ['compose.prod.yaml', 'compose.alloy.yaml', 'compose.traces.yaml'],
    profiles: ['app', 'traces'],
    variables: requiredSecrets,
  });

  it.each(Object.entries({ ...stack.services, ...whole.services }))(
    'limits memory and processes of %s',
    (_, service) => {
      const limits = service.deploy?.resources?.limits;
      expect(Number(limits?.memory)).toBeGreaterThan(0);
      expect(limits?.pids).toBeGreaterThan(0);
    },
  );

  it.each(services)('runs %s with the rules for production', (name) => {
    expect(serviceOf(stack, name).environment).toMatchObject({ CLOUDTASK_ENV: 'production' });
  });
});

describeCompose('the override with Alloy', () => {
  const { services: all } = resolveStack({ files: ['compose.alloy.yaml'] });

  it('puts Alloy in the place of Promtail', () => {
    expect(Object.keys(all).sort()).toEqual([...base.filter((name) => name !== 'promtail'), 'alloy'].sort());
  });
});

describeCompose('the override with traces', () => {
  const stack = resolveStack({ files: ['compose.traces.yaml'], profiles: ['app', 'traces'] });

  it.each(services)('makes %s send spans under its own name, with the image that has an SDK', (name) => {
    const { environment, networks, image } = serviceOf(stack, name);
    expect(image).toBe('cloudtask:dev-traces');
    expect(environment).toMatchObject({
      OTEL_SERVICE_NAME: `cloudtask-${name}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel-collector:4318',
    });
    const reachable = Object.keys(serviceOf(stack, 'otel-collector').networks ?? {});
    expect(reachable).toEqual(expect.arrayContaining(Object.keys(networks ?? {})));
  });
});

function ownServices({ services: all }: Stack): Record<string, ComposeService> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name === 'migrate' || services.includes(name)));
}

function serviceOf({ services: all }: Stack, name: string): ComposeService {
  const service = all[name];
  if (!service) throw new Error(`the stack has no service ${name}, only ${Object.keys(all).join(', ')}`);
  return service;
}

/** 30 s for every program (core/service); a worker takes its grace for jobs, and 12 s to settle and leave (run-worker). */
function longestStopSeconds({ environment = {} }: ComposeService): number {
  const grace = environment['CLOUDTASK_SHUTDOWN_GRACE'];
  return grace === undefined ? 30 : durationFrom({ max: '1h' })(grace) / 1_000 + 12;
}

function seconds(duration = '0s'): number {
  const parts = [...duration.matchAll(/(\d+)(h|m|s)/g)];
  const unit: Record<string, number> = { h: 3_600, m: 60, s: 1 };
  return parts.reduce((sum, [, count, name = 's']) => sum + Number(count) * (unit[name] ?? Number.NaN), 0);
}
