import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseClock, databaseClock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { eventually } from '../../../../test/support/eventually.ts';
import { ownFolder } from '../../../../test/support/own-folder.ts';
import { type DevEvent, type DevWorkers, type DevWorkersOptions, startDevWorkers } from '../../src/dev/dev-workers.ts';
import { TestPlatform } from '../support/test-platform.ts';

type Kind = DevEvent['kind'];
type EventOf<K extends Kind> = Extract<DevEvent, { kind: K }>;

const SDK = import.meta.resolve('@cloudtask/sdk/define-handler');

/** A development platform in this process on a database that others use after it, a folder of handlers, and what the workers told. */
export class DevStage {
  readonly platform: TestPlatform;
  readonly folder: string;
  readonly events: DevEvent[] = [];
  workers: DevWorkers | undefined;
  clock!: DatabaseClock;
  readonly #stop = new AbortController();

  static async open(database: Database): Promise<DevStage> {
    const platform = await TestPlatform.on(database);
    const stage = new DevStage(platform, await realpath(await ownFolder('dev')));
    await platform.settleReports();
    await mkdir(join(stage.folder, 'handlers'));
    // What the dispatcher of the scheduler does: a signal of a process that is killed may be lost with it.
    const dispatch = () => void platform.offerAgain('say').catch(() => {});
    await platform.parts.signals.listen('backlog', dispatch);
    const timer = setInterval(dispatch, 250);
    stage.#stop.signal.addEventListener('abort', () => clearInterval(timer));
    return stage;
  }

  private constructor(platform: TestPlatform, folder: string) {
    this.platform = platform;
    this.folder = folder;
  }

  /** A file of handlers: the body of the handler of `say`, which sees `payload` and `context`. */
  async save(body: string, above = '', options = ''): Promise<void> {
    await this.write(
      'handlers/say.mjs',
      `import { defineHandler } from ${JSON.stringify(SDK)};\n${above}\n` +
        `export default defineHandler({ type: 'say', ${options} async run(payload, context) { ${body} } });\n`,
    );
  }

  async write(file: string, text: string): Promise<void> {
    await writeFile(join(this.folder, file), text);
  }

  async start(options: Partial<DevWorkersOptions> = {}): Promise<DevWorkers> {
    this.clock = await databaseClock(this.platform.parts.database, this.#stop.signal);
    const platform = { ...this.platform.parts, clock: this.clock };
    this.workers = await startDevWorkers({
      platform,
      cwd: this.folder,
      handlersFolder: 'handlers',
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    return this.workers;
  }

  of<K extends Kind>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  async event<K extends Kind>(kind: K, count = 1): Promise<EventOf<K>> {
    const seen = () => this.of(kind)[count - 1];
    return await eventually(seen, { timeoutMs: 30_000, describe: () => this.events });
  }

  printed(): string[] {
    return this.of('printed').map(({ line }) => line);
  }

  async close(): Promise<void> {
    await this.workers?.close({ graceMs: 1_000 });
    this.#stop.abort();
    await this.platform.leave();
    await rm(this.folder, { recursive: true });
  }
}
