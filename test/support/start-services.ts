import { userInfo } from 'node:os';
import type { TestProject } from 'vitest/node';
import { answersPostgres, startOwnPostgres } from './own-postgres.ts';
import { answersRabbitmq, startOwnRabbitmq } from './own-rabbitmq.ts';
import { answersRedis, startOwnRedis } from './own-redis.ts';
import type { OwnServer } from './own-server.ts';
import { type FoundServices, type Service, serviceNames } from './services.ts';

/** Vitest's global set-up: finds each service, else starts one from installed binaries, and tells the test files where. */
export default async function startServices(project: TestProject): Promise<() => Promise<void>> {
  shared.users += 1;
  shared.found ??= findOrStartAll();
  project.provide('services', await shared.found);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    shared.found = undefined;
    await Promise.all(shared.own.splice(0).map((server) => server.close()));
  };
}

/** Vitest loads this file once per project; the servers are for all of them. */
interface Shared {
  users: number;
  found: Promise<FoundServices> | undefined;
  own: OwnServer[];
}
const key = Symbol.for('cloudtask.test.services');
const holder = globalThis as { [key]?: Shared };
holder[key] ??= { users: 0, found: undefined, own: [] };
const shared = holder[key];

interface Recipe {
  variable: string;
  standard: string[];
  answers(url: string): Promise<boolean>;
  startOwn(): Promise<OwnServer>;
}

const recipes: Record<Service, Recipe> = {
  postgres: {
    variable: 'CLOUDTASK_TEST_DATABASE_URL',
    standard: ['postgres', userInfo().username].map((user) => `postgres://${user}@127.0.0.1:5432/postgres`),
    answers: answersPostgres,
    startOwn: startOwnPostgres,
  },
  rabbitmq: {
    variable: 'CLOUDTASK_TEST_BROKER_URL',
    standard: ['amqp://guest:guest@127.0.0.1:5672'],
    answers: answersRabbitmq,
    startOwn: startOwnRabbitmq,
  },
  redis: {
    variable: 'CLOUDTASK_TEST_SIGNALS_URL',
    standard: ['redis://127.0.0.1:6379'],
    answers: answersRedis,
    startOwn: startOwnRedis,
  },
};

async function findOrStartAll(): Promise<FoundServices> {
  const services = Object.keys(recipes) as Service[];
  const found = await Promise.all(services.map(async (service) => [service, await findOrStart(service)] as const));
  return Object.fromEntries(found) as FoundServices;
}

async function findOrStart(service: Service): Promise<FoundServices[Service]> {
  const { variable, standard, answers, startOwn } = recipes[service];
  const told = process.env[variable];
  if (told) {
    if (await reached(answers, told)) return { url: told };
    // Falling back to another server than the one that was named would test something else than what was asked for.
    throw new Error(`${serviceNames[service]} cannot be used at ${variable}=${told}`);
  }
  for (const url of standard) if (await reached(answers, url)) return { url };
  try {
    const server = await startOwn();
    shared.own.push(server);
    return { url: server.url };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { missing: `${serviceNames[service]} is not at ${standard[0]}, ${variable} is not set, and: ${why}` };
  }
}

async function reached(answers: (url: string) => Promise<boolean>, url: string): Promise<boolean> {
  try {
    return await answers(url);
  } catch {
    return false;
  }
}
