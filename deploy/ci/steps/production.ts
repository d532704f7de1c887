import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComposeProject, createProject } from '../compose-project.ts';
import { composeFolder, repository } from '../repository.ts';
import { expectCommand } from '../run-command.ts';
import { NotAvailable, type Run, type Step } from '../step.ts';
import { imageBuild } from './image.ts';
import { images } from './images.ts';
import { expectOneJob } from './one-job.ts';
import { takenDown } from './taken-down.ts';

const stores = ['postgres', 'redis', 'rabbitmq'];

/** As docs/operations.md installs it: generated secrets, the override for production, and a job to its end. */
export const production: Step = {
  name: 'the stack for production runs a job and shows no secret',
  needs: [images, imageBuild, takenDown],
  async run(run) {
    if (!existsSync(join(composeFolder, 'compose.prod.yaml'))) throw new NotAvailable('there is no compose.prod.yaml');
    const folder = await mkdtemp(join(tmpdir(), 'cloudtask-stack-secrets-'));
    run.atEnd(() => rm(folder, { recursive: true, force: true }));
    await expectCommand(['sh', join(repository, 'scripts/generate-secrets.sh'), '--directory', folder]);
    const env = { ...(await readEnv(folder)), CLOUDTASK_IMAGE: run.resultOf(imageBuild) };
    const project = await createProject(run.engine().env, run.signal, { overrides: ['compose.prod.yaml'], env });
    run.atEnd(() => project.remove());
    await startAll(run, project);

    for (const store of stores) {
      const ports = await project.compose('ps', '--format', '{{json .Publishers}}', store);
      if (/"PublishedPort":[1-9]/.test(ports)) throw new Error(`${store} listens on the host: ${ports}`);
    }
    await expectNoSecret(project, join(folder, 'secrets'));
    await expectOneJob(run, project);
    await project.compose('down', '--volumes', '--timeout', '5');
  },
};

/** The generator's `.env` names its files from the folder of the compose file. */
async function readEnv(folder: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(folder, '.env'), 'utf8')).split('\n');
  const pairs = lines.flatMap((line) => [/^(\w+_FILE)=\.\/(.*)$/.exec(line)].filter((match) => match !== null));
  return Object.fromEntries(pairs.map(([, name = '', path = '']) => [name, join(folder, path)]));
}

async function startAll(run: Run, { compose }: ComposeProject): Promise<void> {
  try {
    await compose('up', '--detach', '--wait', ...run.resultOf(images).services);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await compose('logs', '--tail', '5').catch(() => '')}`);
  }
}

/** `docker inspect` and the logs are read by more people than the files are. */
async function expectNoSecret({ compose, env }: ComposeProject, folder: string): Promise<void> {
  const files = await readdir(folder);
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  // The random part of each: 48 hexadecimal digits or more.
  const secrets = [...new Set(texts.flatMap((text) => text.match(/[0-9a-f]{48,}/g) ?? []))];
  if (secrets.length < 6) throw new Error(`only ${secrets.length} secrets were found in ${files.join(', ')}`);
  const containers = (await compose('ps', '--all', '--quiet')).split('\n').filter(Boolean);
  const shown = await expectCommand(['docker', 'inspect', ...containers], { env });
  const logged = await compose('logs');
  const isIn = (text: string): boolean => secrets.some((secret) => text.includes(secret));
  if (isIn(shown)) throw new Error('`docker inspect` of the containers shows a secret');
  if (isIn(logged)) throw new Error('the logs show a secret');
}
