// `node --conditions=source deploy/ci/run-engine.ts [IMAGE…]`: the engine of `npm run test:stack`, with the named images,
// until Ctrl-C.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { cacheFolder } from './cache-folder.ts';
import { findEngine } from './engine/find-engine.ts';
import { makeImage } from './standins/make-images.ts';

const stopping = new AbortController();
const stop = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => stopping.abort());
const cache = cacheFolder();
await mkdir(cache, { recursive: true });
const engine = await findEngine(cache);
try {
  for (const image of process.argv.slice(2)) {
    const from = performance.now();
    const isThere = await makeImage({ engine, cache, signal: stopping.signal }, image);
    console.error(`${isThere ? 'has' : 'cannot get'} ${image} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
  }
  console.error(`${engine.describe}. In another shell:`);
  for (const name of ['DOCKER_HOST', 'DOCKER_CONFIG', 'PATH'])
    console.log(`export ${name}='${engine.env[name] ?? ''}'`);
  // A pending promise alone does not keep the process.
  const hold = setInterval(() => {}, 60_000);
  await stop;
  clearInterval(hold);
} finally {
  await engine.close();
}
