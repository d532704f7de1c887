import { readFile } from 'node:fs/promises';
import { composeFolder, repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { makeImage } from '../standins/make-images.ts';
import type { Run, Step } from '../step.ts';

export interface Images {
  /** The services of compose.yaml whose image is here, the application's own included. */
  services: string[];
  /** Which of the others are not, by service. */
  missing: Map<string, string>;
}

interface ComposeService {
  image: string;
  build?: unknown;
}

/** Asks compose which images it wants, so that a new tag in the file cannot be overlooked here. */
export const images: Step<Images> = {
  name: 'images',
  async run(run) {
    const wanted = await readServices(run);
    const answer: Images = { services: [], missing: new Map() };
    const known = new Map<string, boolean>();
    for (const [service, { image, build }] of Object.entries(wanted)) {
      if (!build && !known.has(image)) known.set(image, await makeAndTell(run, image));
      if (build || known.get(image)) answer.services.push(service);
      else answer.missing.set(service, image);
    }
    const base = /^ARG NODE_IMAGE=(\S+)$/m.exec(await readFile(`${repository}Dockerfile`, 'utf8'))?.[1];
    if (!base) throw new Error('the Dockerfile has no ARG NODE_IMAGE');
    if (!(await makeAndTell(run, base)))
      throw new Error(`there is no ${base}, which the image of the services is built on`);
    for (const image of new Set(answer.missing.values()))
      run.skip(image, 'no registry has it here, and Debian no package');
    return answer;
  },
};

/** The first time this takes a minute or so for each, and nothing else is printed meanwhile. */
async function makeAndTell(run: Run, image: string): Promise<boolean> {
  const from = performance.now();
  const isThere = await makeImage({ engine: run.engine(), cache: run.cache, signal: run.signal }, image);
  const seconds = (performance.now() - from) / 1000;
  if (isThere && seconds > 3) run.note(`${image} (${seconds.toFixed(0)} s)`);
  return isThere;
}

async function readServices(run: Run): Promise<Record<string, ComposeService>> {
  const command = ['docker', 'compose', '--env-file', '/dev/null', '--profile', 'app', 'config', '--format', 'json'];
  const text = await expectCommand(command, { env: run.engine().env, cwd: composeFolder, signal: run.signal });
  return (JSON.parse(text) as { services: Record<string, ComposeService> }).services;
}
