// `node --conditions=source deploy/ci/run-engine.ts [IMAGE…]`: the engine of `npm run test:stack`, with stand-ins for the
// named images, until Ctrl-C.
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { cacheFolder } from './cache-folder.ts';
import { findDebianMirror } from './engine/debian-mirror.ts';
import { findEngine } from './engine/find-engine.ts';
import { buildStandIn, hasImage } from './standins/build-stand-ins.ts';

const stopped = new AbortController();
const stop = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => stopped.abort());
const cache = cacheFolder();
await mkdir(cache, { recursive: true });
const engine = await findEngine(cache);
try {
  for (const image of process.argv.slice(2)) {
    if (await hasImage(engine, image)) continue;
    const from = performance.now();
    const builder = { engine, cache, mirror: await findDebianMirror(), signal: stopped.signal };
    const built = await buildStandIn(builder, image);
    console.error(`${built ? 'built' : 'cannot build'} ${image} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
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
