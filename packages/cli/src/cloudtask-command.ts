import { CloudTask } from '@cloudtask/sdk';
import { type FoundSettings, findSettings } from '@cloudtask/sdk/node/find-settings';
import { Command, type Interfaces } from '@oclif/core';
import { debugHooks } from './debug-hooks.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { globalFlags } from './global-flags.ts';
import { Output } from './output.ts';
import { presentationOf } from './presentation.ts';
import { refuseUnknownProfile } from './profile.ts';
import { toReport } from './report-error.ts';
import { showReport } from './show-report.ts';
import { lentSurroundings, type Surroundings } from './surroundings.ts';

const DEFAULT_URL = 'http://localhost:8080';

type GlobalFlags = Interfaces.InferredFlags<typeof globalFlags>;

/** A command as its `work` sees it: parsed, with an output and a way to the server. */
export interface Begun<T extends typeof Command> {
  flags: Interfaces.InferredFlags<T['flags'] & typeof globalFlags>;
  args: Interfaces.InferredArgs<T['args']>;
  /** All words that are no flags, the arguments among them. */
  words: string[];
  out: Output;
}

/** What all commands share: global flags, one output, a client that is closed at the end, errors with exit codes. */
export abstract class CloudTaskCommand extends Command {
  static override baseFlags = globalFlags;

  #client: CloudTask | undefined;
  #out: Output | undefined;
  #debug = false;

  protected get surroundings(): Surroundings {
    return lentSurroundings();
  }

  protected async begin<T extends typeof Command>(command: T): Promise<Begun<T>> {
    const { flags, args, argv } = await this.parse(command);
    const global = flags as unknown as GlobalFlags;
    this.#out = new Output(lookFor(global, this.surroundings), this.surroundings);
    this.#debug = global.debug;
    return { flags, args, words: argv as string[], out: this.#out } as unknown as Begun<T>;
  }

  /** Where the flags and the surroundings lead; to this machine when nothing says otherwise. */
  protected settings(
    flags: Pick<GlobalFlags, 'url' | 'profile'>,
    { mayBeNew = false }: { mayBeNew?: boolean } = {},
  ): FoundSettings & { url: string } {
    if (!mayBeNew && flags.url === undefined) refuseUnknownProfile(flags.profile, this.surroundings);
    const found = findSettings({ url: flags.url, profile: flags.profile }, this.surroundings);
    return { ...found, url: found.url ?? DEFAULT_URL };
  }

  /** A client for the server that the flags mean. */
  protected client(flags: Pick<GlobalFlags, 'url' | 'profile'>): CloudTask {
    return this.connect(this.settings(flags));
  }

  /** A client for these settings; closed when the command ends. */
  protected connect({ url, auth }: { url: string; auth?: FoundSettings['auth'] | undefined }): CloudTask {
    const out = this.#out;
    const hooks = {
      ...(this.#debug && out && debugHooks(out)),
      onWarning: ({ message }: { message: string }) => out?.warn(`warning: ${message}`),
    };
    // Without a token the server says 401, in its own words and with its request id.
    this.#client = new CloudTask({ url, auth: auth ?? { getToken: async () => null }, hooks });
    return this.#client;
  }

  protected exitWith(code: ExitCode): void {
    process.exitCode = code;
  }

  protected override async catch(error: unknown): Promise<void> {
    this.#out?.close();
    const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags });
    const report = toReport(error, { command: (this.id ?? '').replaceAll(':', ' '), flags });
    this.exitWith(report.exit);
    if (report.exit !== EXIT.interrupted) showReport(report, this.argv, this.surroundings);
  }

  protected override async finally(): Promise<void> {
    this.#out?.close();
    await this.#client?.close();
  }
}

function lookFor(flags: Partial<GlobalFlags>, { env, stdin, stdout, stderr }: Surroundings) {
  const tty = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true };
  return presentationOf({ flags, env, tty, columns: stdout.columns });
}
