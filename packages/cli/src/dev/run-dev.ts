import type { CloudTask } from '@cloudtask/sdk';
import type { FoundSettings } from '@cloudtask/sdk/node/find-settings';
import { storedSessionAuth } from '@cloudtask/sdk/node/session-slot';
import { DEV_ACCOUNT, openDevSession } from '../account/dev-session.ts';
import { CliError } from '../errors/cli-error.ts';
import { EXIT, type ExitCode } from '../errors/exit-codes.ts';
import { freePortFrom } from '../free-port.ts';
import type { Output } from '../output/output.ts';
import { folderOf } from '../settings/profile.ts';
import type { Surroundings } from '../surroundings.ts';
import { showAllJobs } from '../watch/show-all-jobs.ts';
import { attach, runningDev } from './attach.ts';
import { Closers } from './closers.ts';
import { passingFolder, removeData } from './data-folder.ts';
import { DEMO_HANDLERS, submitDemo } from './demo.ts';
import { startKeys } from './dev-keys.ts';
import { DevStage } from './dev-stage.ts';
import { firstSubmit } from './first-submit.ts';
import { greet, greetChaos, greetSchedules } from './greeting.ts';
import { type DevWorkersOptions, loadPlatform } from './load-platform.ts';
import type { Project } from './project-folder.ts';
import { seedJobs } from './seed-jobs.ts';
import { startRefusal } from './start-refusal.ts';
import { StopRequests } from './stop-requests.ts';
import { watchCode } from './watch-code.ts';

/** How long jobs may go on after the first Ctrl-C. */
const GRACE_MS = 10_000;

export interface DevInput {
  version: string;
  project: Project;
  dataFolder: string;
  /** 0: any. */
  port: number;
  configFile: string | undefined;
  handlersFolder: string | undefined;
  only: readonly string[] | undefined;
  concurrency: number | undefined;
  chaos: NonNullable<DevWorkersOptions['chaos']>;
  seed: string | undefined;
  isFresh: boolean;
  /** Nothing is kept. */
  isPassing: boolean;
  isDemo: boolean;
  hasWorkers: boolean;
  reloads: boolean;
  inspects: boolean;
}

export interface DevDeps {
  out: Output;
  surroundings: Surroundings;
  connect(url: string, auth?: FoundSettings['auth']): CloudTask;
}

/** The platform, its workers and what is shown of them, until somebody wants it to end. */
export async function runDev(deps: DevDeps, input: DevInput): Promise<ExitCode> {
  const other = await runningDev(input.dataFolder);
  if (other) return await showOther(deps, other, input);
  const stop = new StopRequests();
  const stage = new DevStage({ ...deps, folder: input.project.folder, stop });
  const life = new Closers();
  try {
    life.add(stop.listen());
    life.add(() => stage.close());
    await startPlatform(deps, stage, input, life);
    // Until the last job has ended, which is after the first Ctrl-C.
    const shown = new AbortController();
    life.add(() => shown.abort());
    const showing = showAllJobs(stage, {
      signal: shown.signal,
      placeOf: (jobId) => stage.thrown.take(jobId),
      onChange: stage.onJobChange,
    });
    // It ends early only by an error, which is told at the end.
    showing.catch(() => stop.request());
    await startCode(stage, input, life);
    await submitFirstJobs(stage, input);
    const keys = startKeys(stage);
    life.add(() => keys.close());
    await until(stop.asked);
    await drain(stage);
    shown.abort();
    await showing;
  } finally {
    await life.close();
  }
  deps.out.say('Stopped.');
  return stop.now.aborted ? EXIT.interrupted : EXIT.done;
}

async function showOther(
  { out }: DevDeps,
  other: NonNullable<Awaited<ReturnType<typeof runningDev>>>,
  input: DevInput,
) {
  try {
    if (input.isFresh || input.isPassing || input.isDemo || input.seed !== undefined) {
      throw new CliError(`dev runs here already, on ${other.ct.url}`, {
        code: 'DEV_RUNS',
        exit: EXIT.refused,
        why: 'What was asked for needs one of its own.',
        tryThis: 'cloudtask dev --data .cloudtask-2   (or stop the other one)',
      });
    }
    await attach(other, out);
    return EXIT.done;
  } finally {
    await other.ct.close();
  }
}

async function startPlatform({ out, connect, surroundings }: DevDeps, stage: DevStage, input: DevInput, life: Closers) {
  const { dataFolder } = input;
  const { startEmbedded } = await loadPlatform();
  if (input.isFresh) await removeData(dataFolder);
  const passing = input.isPassing ? await passingFolder() : undefined;
  if (passing) life.add(() => passing.close());
  const port = input.port === 0 ? 0 : await freePortFrom(input.port);
  const dataDir = passing?.path ?? dataFolder;
  const platform = await startEmbedded({
    port,
    dataDir,
    operators: [DEV_ACCOUNT],
    worker: false,
    logger: stage.logger,
  }).catch((error: unknown) => {
    throw startRefusal(error, dataDir);
  });
  life.add(() => platform.close());
  const door = connect(platform.url);
  const signIn = () => openDevSession(door, dataFolder, process.pid);
  const session = await signIn();
  // By the stored session, which every command below the folder renews too: whoever renews it for himself ends it for all others.
  const ct = connect(platform.url, storedSessionAuth(session));
  life.add(async () => {
    await session.clear();
    await Promise.all([ct.close(), door.close()]);
  });
  stage.hasPlatform({ platform, ct, signIn });
  const { url, clockAheadMs } = platform;
  if (out.isData) out.event({ at: new Date().toISOString(), kind: 'ready', url, dataFolder, pid: process.pid });
  greet(out, {
    version: input.version,
    url,
    port: { wanted: input.port, taken: input.port !== port },
    dataFolder: passing ? undefined : dataFolder,
    cwd: surroundings.cwd,
    clockAheadMs,
  });
  greetChaos(out, input.chaos);
}

/** The workers, and what makes them load the code again. */
async function startCode(stage: DevStage, input: DevInput, life: Closers): Promise<void> {
  const { project, dataFolder, only, concurrency, chaos, inspects, configFile } = input;
  if (!input.hasWorkers) return;
  const { startDevWorkers } = await loadPlatform();
  const handlersFolder = input.isDemo ? DEMO_HANDLERS : (input.handlersFolder ?? project.handlersFolder);
  // What is saved while the first code loads is loaded afterwards.
  let early: readonly string[] | undefined;
  const onChange = (paths: readonly string[]) => {
    if (stage.workers) void stage.reload(paths);
    else early = paths;
  };
  if (input.reloads && !input.isDemo) {
    const others = [configFile, handlersFolder].filter((path) => path !== undefined);
    const watcher = await watchCode({ folder: project.folder, dataFolder, others, onChange });
    life.add(() => watcher.close());
  }
  const workers = await startDevWorkers({
    platform: stage.platform.platform,
    cwd: project.folder,
    dataDir: dataFolder,
    onEvent: stage.onWorkersEvent,
    ...(configFile !== undefined && { configFile }),
    ...(handlersFolder !== undefined && { handlersFolder }),
    ...(only && { only }),
    ...(concurrency !== undefined && { concurrency }),
    ...(chaos.length > 0 && { chaos }),
    ...(inspects && { inspect: true }),
  });
  life.add(() => workers.close({ graceMs: 0 }));
  stage.hasWorkers(workers);
  if (early) void stage.reload(early);
}

async function submitFirstJobs(stage: DevStage, { seed, isDemo }: DevInput): Promise<void> {
  const { ct, out } = stage;
  await greetSchedules(stage, Date.now());
  if (seed !== undefined) {
    const { submitted, known } = await seedJobs(ct, seed);
    out.say(`  ${submitted} jobs from ${seed}${known === 0 ? '' : `, ${known} were there already`}`);
  }
  if (isDemo) await submitDemo({ ct, out, folder: folderOf(stage.surroundings) });
  else out.next(await firstSubmit(ct, stage.workers));
  out.say('');
}

/** Lets running jobs end, for a while, or until somebody does not want to wait any longer. */
async function drain({ workers, running, stop, out }: DevStage): Promise<void> {
  const jobs = `${running} ${running === 1 ? 'job' : 'jobs'}`;
  if (running === 0) out.warn('Stopping…');
  else out.warn(`Draining ${jobs} (${GRACE_MS / 1_000}s)… Ctrl-C again to stop now`);
  if (!workers) return;
  const onNow = () => void workers.close({ graceMs: 0 });
  stop.now.addEventListener('abort', onNow);
  await workers.close({ graceMs: GRACE_MS });
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
