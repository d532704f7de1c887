import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { ScriptReport, ThreadData } from './messages.ts';
import { report } from './report.ts';

/** The modules that k6 has in itself. */
const STAND_INS: Record<string, string> = {
  k6: './k6.ts',
  'k6/http': './http.ts',
  'k6/metrics': './metrics.ts',
};

interface Script {
  options: unknown;
  setup(): unknown;
  request(data: unknown): void;
  teardown(data: unknown): void;
}

const { script, env, iterations } = workerData as ThreadData;
registerHooks({
  resolve(specifier, context, next) {
    const standIn = STAND_INS[specifier];
    return standIn === undefined
      ? next(specifier, context)
      : { url: new URL(standIn, import.meta.url).href, shortCircuit: true };
  },
});
Object.assign(globalThis, { __ENV: env, __VU: 0, __ITER: 0 });
const { options, setup, request, teardown } = (await import(pathToFileURL(script).href)) as Script;
const data = setup();
Object.assign(globalThis, { __VU: 1 });
for (let iteration = 0; iteration < iterations; iteration += 1) {
  Object.assign(globalThis, { __ITER: iteration });
  request(copied(data));
}
Object.assign(globalThis, { __VU: 0 });
teardown(copied(data));
parentPort?.postMessage({ ...report, options: JSON.stringify(options) } satisfies ScriptReport);

/** Between its parts a script can only hand over what JSON can say. */
function copied(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}
