// What may be wrong with what a worker is given. Workers run on Node, where it is found when it is defined; the builds for
// other runtimes leave most of the checks out (`no-handler-checks.ts`): a definition that they load is loaded by a worker too.

import { checkType } from './check-type.ts';
import type { Duration } from './contract.ts';
import type { Handler } from './define-handler.ts';
import type { JobDefinition } from './define-job.ts';
import type { Plugin } from './define-plugin.ts';
import { parseDuration } from './duration.ts';
import type { ServiceFactories } from './handler-services.ts';
import { isHandler } from './is-handler.ts';
import { PLUGIN_API_VERSION } from './plugin-api-version.ts';

/** Throws a TypeError when the handler asks to be run in a way that there is not; for those not made by `defineHandler` too. */
export function checkHandlerOptions(handler: Omit<Handler, 'run'>): void {
  const { job, isolation, memoryLimit, concurrency, stallTimeout } = handler;
  const whose = `of the handler of ${JSON.stringify(job.type)}`;
  for (const name of ['retryWhen', 'onSettled'] as const) {
    if (handler[name] === undefined || typeof handler[name] === 'function') continue;
    throw new TypeError(`the ${name} ${whose} is ${show(handler[name])}: use a function`);
  }
  if (isolation !== undefined && isolation !== 'inline' && isolation !== 'process') {
    throw new TypeError(`the isolation ${whose} is ${show(isolation)}: use 'inline' or 'process'`);
  }
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 10_000)) {
    throw new TypeError(`the concurrency ${whose} is ${show(concurrency)}: use a whole number from 1 to 10000`);
  }
  if (stallTimeout !== undefined && !isLongerThanNothing(stallTimeout)) {
    throw new TypeError(`the stallTimeout ${whose} is ${show(stallTimeout)}: use a duration above 0, like '1m'`);
  }
  if (memoryLimit === undefined) return;
  if (isolation !== 'process') {
    throw new TypeError(`the memoryLimit ${whose} has no effect: it is for handlers with isolation: 'process'`);
  }
  if (!Number.isInteger(memoryLimit) || memoryLimit < MIN_MEMORY_LIMIT || memoryLimit > MAX_MEMORY_LIMIT) {
    throw new TypeError(
      `the memoryLimit ${whose} is ${show(memoryLimit)}: use a whole number of MiB from ${MIN_MEMORY_LIMIT} to ${MAX_MEMORY_LIMIT}`,
    );
  }
}

/** A Node process with an empty handler takes 45 to 65. */
const MIN_MEMORY_LIMIT = 128;
const MAX_MEMORY_LIMIT = 1024 * 1024;

function isLongerThanNothing(duration: Duration): boolean {
  try {
    return parseDuration(duration) > 0;
  } catch {
    return false;
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** Throws a TypeError that names the one that is no function. */
export function checkServices(services: ServiceFactories, where: string): void {
  for (const [name, factory] of Object.entries(services)) {
    if (typeof factory === 'function') continue;
    throw new TypeError(`the service "${name}" of ${where} is no function: give a function that builds it`);
  }
}

/** Throws a TypeError that names the part of the plugin that is none. */
export function checkPlugin(plugin: Plugin): void {
  const { name, version, handlers, services, use } = plugin;
  const whose = `the plugin ${JSON.stringify(name)}`;
  if (typeof name !== 'string' || name === '') throw new TypeError('a plugin needs a name');
  if (typeof version !== 'string') throw new TypeError(`${whose} needs a version: that of its package`);
  if (!Number.isInteger(plugin.apiVersion)) {
    throw new TypeError(`${whose} needs an apiVersion: write ${PLUGIN_API_VERSION}`);
  }
  if (!Array.isArray(handlers) || !handlers.every(isHandler)) {
    throw new TypeError(`${whose} has handlers that are none: list what defineHandler() returns`);
  }
  if (services) checkServices(services, whose);
  if (use && !use.every((each) => typeof each === 'function')) {
    throw new TypeError(`${whose} has middleware that is no function`);
  }
}

/** Throws a TypeError that says what to write instead; for definitions that another copy of the SDK made too. */
export function checkDefinition(definition: JobDefinition): void {
  const { type, sensitive } = definition;
  checkType(type);
  // Unnoticed, another name would take the checks, or the retries, away.
  for (const [old, name] of Object.entries(RENAMED)) {
    if (old in definition) {
      throw new TypeError(`the definition of ${JSON.stringify(type)} has \`${old}\`: write ${name} instead`);
    }
  }
  for (const pointer of sensitive ?? []) {
    if (typeof pointer === 'string' && POINTER_FORM.test(pointer)) continue;
    throw new TypeError(
      `the definition of ${JSON.stringify(type)} has ${JSON.stringify(pointer)} among \`sensitive\`: write JSON pointers, like "/to"`,
    );
  }
}

/** RFC 6901, without the empty one, which is the whole payload. */
const POINTER_FORM = /^(\/([^~/]|~[01])*)+$/;
/** Of earlier versions, and what others call it. */
const RENAMED = {
  input: '`payload`',
  output: '`result`',
  retry: '`maxAttempts` and `backoff`',
  retries: '`maxAttempts`',
};
