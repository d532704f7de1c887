import { CloudTask, type Hooks, type Transport, type TransportRequest } from '@cloudtask/sdk';
import { type FoundServer, type FoundSettings, findServer, findSettings } from '@cloudtask/sdk/node/find-settings';
import { createTransport } from '@cloudtask/sdk/undici-transport';
import { Command, type Interfaces } from '@oclif/core';
import { asTyped } from './as-typed.ts';
import { closest } from './closest.ts';
import type { Effect } from './effect.ts';
import { usageError } from './errors/cli-error.ts';
import { EXIT, type ExitCode } from './errors/exit-codes.ts';
import { toReport } from './errors/report-error.ts';
import { showReport } from './errors/show-report.ts';
import { globalFlags } from './global-flags.ts';
import { guardProduction } from './guard-production.ts';
import type { JqFilter } from './output/jq.ts';
import { Output } from './output/output.ts';
import { OUTPUT_MODES, presentationOf, unknownOutput } from './output/presentation.ts';
import { curlText } from './requests/curl-text.ts';
import { debugHooks } from './requests/debug-hooks.ts';
import { debugTransport } from './requests/debug-transport.ts';
import { NOT_SAID, type OwnRequests, type PrintForm } from './requests/own-requests.ts';
import { notPrinted, printInstead, refuseUnprintable } from './requests/print-instead.ts';
import { tsText } from './requests/ts-text.ts';
import { type KnownTypes, knownTypes } from './schema/known-types.ts';
import { productionAt } from './settings/production.ts';
import { folderOf, refuseUnknownProfile } from './settings/profile.ts';
import { lentSurroundings, type Surroundings } from './surroundings.ts';

const DEFAULT_URL = 'http://localhost:8080';

type GlobalFlags = Interfaces.InferredFlags<typeof globalFlags>;

/** How a command was called, for what depends on that. */
export interface Call {
  flags: Readonly<Record<string, unknown>>;
  args: Readonly<Record<string, unknown>>;
  words: readonly string[];
}

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
  /** Every command says it: on a production server it decides what is asked. */
  static effect?: Effect;
  /** What `--curl` and `--ts` print of it. */
  static requests: OwnRequests = NOT_SAID;

  #client: CloudTask | undefined;
  #out: Output | undefined;
  #jq: JqFilter | undefined;
  #debug = false;
  #debugHttp = false;
  #printAs: PrintForm | undefined;
  #printed: TransportRequest[] = [];
  #flags: Record<string, unknown> = {};

  protected get surroundings(): Surroundings {
    return lentSurroundings();
  }

  protected async begin<T extends typeof Command>(command: T): Promise<Begun<T>> {
    const { flags: given, args, argv } = await this.parse(command);
    const flags = withJson(given as unknown as GlobalFlags);
    const global: GlobalFlags = flags;
    refuseUnknownOutput(this.surroundings);
    this.#out = await this.#open(global);
    this.#debug = global.debug;
    this.#debugHttp = global['debug-http'];
    this.#printAs = global.curl ? 'curl' : global.ts ? 'ts' : undefined;
    this.#flags = flags;
    if (this.#printAs !== undefined)
      refuseUnprintable(this.#name, this.#own, { form: this.#printAs, flags, words: argv as string[] });
    const call: Call = { flags, args, words: argv as string[] };
    // What is only printed does nothing.
    const saysYes = this.#printAs === undefined && (await this.#guard(call, this.#out));
    const begun = saysYes && 'yes' in this.ctor.flags ? { ...flags, yes: true } : flags;
    return { flags: begun, args, words: call.words, out: this.#out } as unknown as Begun<T>;
  }

  /** What this call does, where that may be less than what the command can do. */
  protected effectOf(_call: Call): Effect {
    // A command that does not say what it does is taken for the worst.
    return (this.ctor as typeof CloudTaskCommand).effect ?? 'destroys';
  }

  async #guard(call: Call, out: Output): Promise<boolean> {
    const effect = call.flags['dry-run'] === true ? 'reads' : this.effectOf(call);
    const confirmed = (call.flags.confirm ?? []) as string[];
    if (effect === 'reads' && confirmed.length === 0) return false;
    const server = this.#serverOrNone(call.flags);
    // What cannot be read is reported by the command itself, which needs it too and goes no further.
    if (server === undefined) return false;
    const { url, profile, origin } = server;
    return guardProduction(
      { out, surroundings: this.surroundings },
      {
        command: this.#name,
        effect,
        url,
        production: this.production(server),
        profile: origin === 'profile' ? profile : undefined,
        confirmed,
        things: Object.values(call.args).filter((each) => typeof each === 'string'),
      },
    );
  }

  #serverOrNone(flags: Readonly<Record<string, unknown>>) {
    try {
      return this.server(flags as Pick<GlobalFlags, 'url' | 'profile'>);
    } catch {
      return undefined;
    }
  }

  /** The profile that says that this server is production. */
  protected production(server: { url: string; profile: string }): string | undefined {
    return productionAt(folderOf(this.surroundings), server);
  }

  async #open(flags: GlobalFlags): Promise<Output> {
    const { surroundings } = this;
    const look = lookFor(flags, surroundings);
    const typed = (text: string) => asTyped(text, surroundings, flags);
    if (flags.jq === undefined) return new Output(look, surroundings, typed);
    const { openJq } = await import('./output/jq.ts');
    this.#jq = await openJq(flags.jq, { surroundings, color: look.color.stdout });
    return new Output(look, { stdout: this.#jq.stdout, stderr: surroundings.stderr }, typed);
  }

  /** Where the flags and the surroundings lead; to this machine when nothing says otherwise. */
  protected settings(flags: Pick<GlobalFlags, 'url' | 'profile'>): FoundSettings & { url: string } {
    if (flags.url === undefined) refuseUnknownProfile(flags.profile, this.surroundings);
    const found = findSettings({ url: flags.url, profile: flags.profile }, this.surroundings);
    return { ...found, url: found.url ?? DEFAULT_URL };
  }

  /** The server alone, whose profile may be a new one. */
  protected server(flags: Pick<GlobalFlags, 'url' | 'profile'>): FoundServer & { url: string } {
    const found = findServer({ url: flags.url, profile: flags.profile }, this.surroundings);
    return { ...found, url: found.url ?? DEFAULT_URL };
  }

  /** A client for the server that the flags mean. */
  protected client(flags: Pick<GlobalFlags, 'url' | 'profile'>): CloudTask {
    return this.connect(this.settings(flags));
  }

  /** A client for these settings; closed when the command ends. Under `--debug` the traffic is shown in place of `listen`. */
  protected connect(
    { url, auth }: { url: string; auth?: FoundSettings['auth'] | undefined },
    listen: Hooks = {},
  ): CloudTask {
    const out = this.#out;
    const hooks: Hooks = {
      onWarning: ({ message }) => out?.warn(`warning: ${message}`),
      ...(this.#debug && !this.#debugHttp && out ? debugHooks(out) : listen),
    };
    const transport = this.#transport();
    // Without a token the server says 401, in its own words and with its request id.
    this.#client = new CloudTask({
      url,
      auth: auth ?? { getToken: async () => null },
      hooks,
      ...(transport && { transport }),
    });
    return this.#client;
  }

  #transport(): Transport | undefined {
    const out = this.#out;
    if (!out || (!this.#debugHttp && this.#printAs === undefined)) return undefined;
    const network = this.#debugHttp ? debugTransport(createTransport(), out) : createTransport();
    if (this.#printAs === undefined) return network;
    const onPrint = (request: TransportRequest) => this.#printed.push(request);
    return printInstead(network, { own: this.#own.own, argv: this.argv, onPrint });
  }

  get #own(): OwnRequests {
    return (this.ctor as typeof CloudTaskCommand).requests;
  }

  /** True where its requests are printed in place of being sent: then nobody is asked whether he is sure. */
  protected get isPrinting(): boolean {
    return this.#printAs !== undefined;
  }

  get #name(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  get #usage(): string {
    const { usage, args } = this.ctor;
    const words = Object.entries(args).map(([name, { required }]) => (required ? name : `[${name}]`).toUpperCase());
    return [usage ?? [this.#name, ...words].join(' ')].flat().join('   or   cloudtask ');
  }

  /** The types of the server, for what a command asks about them. */
  protected types(ct: CloudTask): KnownTypes {
    return knownTypes({ ct, folder: folderOf(this.surroundings) });
  }

  protected exitWith(code: ExitCode): void {
    process.exitCode = code;
  }

  protected override async catch(error: unknown): Promise<void> {
    await this.#showPage();
    this.#out?.close();
    if (this.#printed.length === 0) return this.#report(error);
    if (this.#out?.mode !== 'none') this.#out?.answer(this.#printedText());
  }

  /** One after the other, as the command would go on: the first that is refused ends it. */
  #printedText(): string {
    if (this.#printAs === 'curl') return this.#printed.map(curlText).join(' &&\n');
    return tsText(this.#name, this.#printed, { isPaged: this.#own.isPaged(this.#flags) });
  }

  #report(error: unknown): void {
    const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags });
    const report = toReport(error, { command: this.#name, flags, usage: this.#usage });
    this.exitWith(report.exit);
    if (report.exit !== EXIT.interrupted) showReport(report, this.argv, this.surroundings);
  }

  async #showPage(): Promise<void> {
    const text = this.#out?.takePage() ?? '';
    if (text === '') return;
    const { showPaged } = await import('./output/pager.ts');
    await showPaged(text, this.surroundings);
  }

  protected override async finally(failure: unknown): Promise<void> {
    await this.#showPage();
    this.#out?.close();
    await this.#client?.close();
    if (failure === undefined && this.#printAs !== undefined)
      this.#report(notPrinted(this.#name, this.#printAs, 'Called so, it sends nothing that could be printed.'));
    try {
      await this.#jq?.end();
    } catch (error) {
      // Of two failures the first is the one that helps.
      if (failure === undefined) this.#report(error);
    }
  }
}

/** `--jq` is about JSON, and nothing else. */
function withJson(flags: GlobalFlags): GlobalFlags {
  if (flags.jq === undefined) return flags;
  const other = flags.curl ? '--curl' : flags.ts ? '--ts' : flags.output && `-o ${flags.output}`;
  if (other && other !== '-o json' && other !== '-o jsonl')
    throw usageError(`--jq and ${other} do not go together`, { why: '--jq reads JSON, and makes the answer.' });
  return { ...flags, json: true };
}

function refuseUnknownOutput({ env }: Surroundings): void {
  const named = unknownOutput(env);
  if (named === undefined) return;
  const meant = closest(named, OUTPUT_MODES);
  throw usageError(`CLOUDTASK_OUTPUT cannot be ${named.slice(0, 40)}`, {
    why: meant === undefined ? `It is one of ${OUTPUT_MODES.join(', ')}.` : `Did you mean ${meant}?`,
    tryThis: 'cloudtask help formatting',
  });
}

function lookFor(flags: Partial<GlobalFlags>, { env, stdin, stdout, stderr }: Surroundings) {
  const tty = { stdin: stdin.isTTY === true, stdout: stdout.isTTY === true, stderr: stderr.isTTY === true };
  return presentationOf({ flags, env, tty, columns: stdout.columns });
}
