import { type Invocation, parseCommandLine, USAGE } from './command-line.ts';
import {
  type EnvFile,
  environmentVariables,
  findSettings,
  readEnvFile,
  readSettings,
  type Settings,
  type Sources,
  type Values,
} from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import { createLogger, type Logger } from './logger.ts';
import type { CommandDescription, Program } from './program.ts';
import { problemsText, settingsText, shownValue } from './settings-report.ts';
import { environment, logFormat, logLevel } from './shared-settings.ts';
import { watchStopSignals } from './stop-signals.ts';
import { flushSpans } from './tracing.ts';
import { unknownVariables } from './unknown-variables.ts';
import { readVersion } from './version.ts';

export interface Service<S extends Settings> {
  /** In its logs: `cloudtask-scheduler`. */
  name: string;
  /** How it is called, for help and messages: `cloudtask-server scheduler`. Default: its name. */
  command?: string;
  /** One sentence for `--help`. */
  describe: string;
  settings: S;
  start(values: Values<S>, context: ServiceContext): Promise<Running>;
  /** What else the program can do; each ends by itself, its exit code is 0 unless it throws. */
  commands?: Record<string, ServiceCommand>;
  /** Reads the program's own configuration; what it throws keeps the program from starting. */
  readConfigFile?(sources: Sources): Promise<EnvFile | undefined>;
  /** The most that `close()` may take; 30 s unless told. */
  graceMs?(values: Values<S>): number;
}

export interface ServiceContext {
  logger: Logger;
  /** Aborted when the program was told to stop, also while it still starts. */
  stopped: AbortSignal;
}

export interface Running {
  /** Drains and lets go of everything. */
  close(): Promise<void>;
  /** Printed to standard output when it accepts work. */
  ready?: string;
  /**
   * Resolves when the program has nothing more to do: it then ends with 0, as after a signal, and prints this. Rejects when it
   * cannot go on. Nobody listens after a signal.
   */
  done?: Promise<string>;
}

export interface ServiceCommand<S extends Settings = Settings> extends CommandDescription {
  /** Those of the service that it reads. The others may be missing or wrong: a migration needs no secret of the API. */
  settings: S;
  run(values: Values<S>, context: ServiceContext & { arguments: readonly string[] }): Promise<void>;
}

/**
 * The whole life of a service process. Exit codes: 0 after a clean stop, or when it is done · 1 when it could not start, failed, or did not
 * stop within its grace · 2 for a wrong call or wrong settings · 130, 143 for a second signal. Logs go to standard error.
 * `argv`: where another program's command stands for it.
 */
export async function runService<S extends Settings>(
  service: Service<S>,
  argv: readonly string[] = process.argv.slice(2),
): Promise<void> {
  // Twice: those of the runtime come last in help, but a service may declare them with a default of its own.
  const settings = { ...service.settings, ...RUNTIME_SETTINGS, ...service.settings };
  const { name, command: called = name, describe, commands } = service;
  const program: Program = { name: called, describe, settings, version: readVersion(), ...(commands && { commands }) };
  const invocation = parseCommandLine(program, argv, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    columns: process.stdout.columns,
  });
  if (invocation.kind === 'end') process.exit(invocation.exitCode);
  try {
    const sources = await allSources(service, invocation);
    const command = invocation.kind === 'command' ? commands?.[invocation.name] : undefined;
    // A command sees its own settings only; they are some of the service's.
    const values = readSettings(
      command ? ({ ...command.settings, ...RUNTIME_SETTINGS } as typeof settings) : settings,
      sources,
    );
    if (invocation.kind === 'check-config') return printSettings(program, sources);
    await live({ service, program, values, sources, invocation });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(problemsText(program.name, error.problems));
    process.exit(USAGE);
  }
}

/** What the runtime itself needs, whether a service declares it or not. */
const RUNTIME_SETTINGS = { environment, logLevel, logFormat };

function sourcesOf({ flags, envFile }: Exclude<Invocation, { kind: 'end' }>): Sources {
  return { flags, env: environmentVariables(), envFile: readEnvFile(envFile) };
}

async function allSources<S extends Settings>(
  { name, command: called = name, readConfigFile }: Service<S>,
  invocation: Exclude<Invocation, { kind: 'end' }>,
): Promise<Sources> {
  const sources = sourcesOf(invocation);
  try {
    return { ...sources, configFile: await readConfigFile?.(sources) };
  } catch (error) {
    process.stderr.write(`✗ ${called} did not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(USAGE);
  }
}

function printSettings({ name, settings }: Program, sources: Sources): void {
  process.stdout.write(settingsText(name, findSettings(settings, sources).found));
  for (const warning of unknownVariables(settings, sources)) process.stderr.write(`! ${warning}\n`);
}

interface Life<S extends Settings> {
  service: Service<S>;
  program: Program;
  values: Values<S & typeof RUNTIME_SETTINGS>;
  sources: Sources;
  invocation: Exclude<Invocation, { kind: 'end' }>;
}

async function live<S extends Settings>(life: Life<S>): Promise<void> {
  const { service, program, values, invocation } = life;
  const logger = loggerOf(life);
  const stop = new AbortController();
  const context = { logger, stopped: stop.signal };
  dieOfUnexpectedErrors(logger);
  if (invocation.kind === 'command') return await runCommand(life, invocation, context);
  let isStopping = false;
  const end = (why: object) => {
    isStopping = true;
    logger.info(why, 'stopping');
    stop.abort();
    void closeWithin(service.graceMs?.(values) ?? GRACE_MS, work, logger);
  };
  watchStopSignals({
    onFirst(signal) {
      if (!isStopping) end({ signal });
    },
    onSecond: (exitCode) => process.exit(exitCode),
  });
  // After the signals: one that comes in the first moments of a start must not kill it.
  const work = service.start(values, context);
  let didStart = false;
  try {
    const { ready, done } = await work;
    didStart = true;
    // Of a program that stops nobody asks it.
    done?.catch(() => {});
    if (isStopping) return;
    if (ready !== undefined) process.stdout.write(`${ready}\n`);
    const said = await done;
    if (isStopping || said === undefined) return;
    process.stdout.write(`${said}\n`);
    end({ done: said });
  } catch (error) {
    // A start that was interrupted may well fail; that it was told to stop is what counts.
    if (!isStopping) fail(didStart ? program.name : `${program.name} did not start`, error, logger);
  }
}

const GRACE_MS = 30_000;

function loggerOf<S extends Settings>({ service, program, values, sources, invocation }: Life<S>): Logger {
  const { found } = findSettings(program.settings, sources);
  const { logLevel: level, logFormat: format } = values as Values<typeof RUNTIME_SETTINGS>;
  const secrets = found.flatMap(({ setting, written }) => (setting.secret && written ? secretsIn(written) : []));
  const logger = createLogger({ service: service.name, level, format, secrets });
  const chosen = found.filter(({ from }) => from !== 'default' && from !== 'not set');
  const settings = chosen.map(
    ({ setting, written, from }) => `${setting.env} = ${shownValue(setting, written)} (${from})`,
  );
  for (const warning of unknownVariables(program.settings, sources)) logger.warn({}, warning);
  logger[invocation.kind === 'command' ? 'debug' : 'info'](
    { version: program.version, node: process.versions.node, settings },
    'starting',
  );
  return logger;
}

/** Of a URL what is secret in it, so that lines can still name the server; of all else the whole. */
function secretsIn(written: string): string[] {
  const url = URL.parse(written);
  if (!url || url.host === '') return /^(pglite|memory):/.test(written) ? [] : [written];
  const passwords = [url.password, ...['password', 'sslpassword'].flatMap((name) => url.searchParams.getAll(name))];
  return passwords.filter(Boolean).flatMap((password) => [password, decodeURIComponent(password)]);
}

/** A signal simply ends a command: it has nothing to drain. */
async function runCommand<S extends Settings>(
  { service, program, values }: Life<S>,
  { name, arguments: given }: Extract<Invocation, { kind: 'command' }>,
  context: ServiceContext,
): Promise<never> {
  try {
    await service.commands?.[name]?.run(values, { ...context, arguments: given });
  } catch (error) {
    fail(`${program.name} ${name}`, error, context.logger);
  }
  process.exit(0);
}

async function closeWithin(graceMs: number, work: Promise<Running>, logger: Logger): Promise<never> {
  setTimeout(() => {
    logger.error({ graceMs }, 'did not stop within its grace');
    process.exit(1);
  }, graceMs);
  try {
    const running = await work.catch(() => undefined);
    await running?.close();
    await flushSpans();
  } catch (err) {
    logger.error({ err }, 'stopped with an error');
    process.exit(1);
  }
  logger.info({}, 'stopped');
  process.exit(0);
}

/** After an error that nobody expected nothing is known about the state of the process; others take over its jobs. */
function dieOfUnexpectedErrors(logger: Logger): void {
  process.on('uncaughtException', (err, origin) => {
    logger.error({ err, origin }, 'ends because of an unexpected error');
    process.exit(1);
  });
}

function fail(what: string, error: unknown, logger: Logger): never {
  const isBug = [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
  // What was thrown for people says all in its sentence; of a bug the stack is the only trace.
  logger[isBug ? 'error' : 'debug']({ err: error }, 'failed');
  process.stderr.write(`✗ ${what}: ${error instanceof Error ? error.message : String(error)}\n`);
  if (!isBug) process.stderr.write('  Details:  run it again with --log-level debug\n');
  process.exit(1);
}
