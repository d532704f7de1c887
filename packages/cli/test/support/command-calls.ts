import { fileURLToPath } from 'node:url';

/** One command line of a test. */
export interface Call {
  args: string[];
  input?: string;
}

/** What is there to name in a call. */
export interface KnownThings {
  url: string;
  /** Jobs that completed and failed. */
  done: string;
  failed: string;
  cause: string;
  worker: string;
}

const PROJECT = fileURLToPath(new URL('../fixtures/project/cloudtask.config.ts', import.meta.url));
const ACCOUNT = ['--password-stdin', '-p', 'new', '--email'];

/** These run until they are stopped. */
export const ENDLESS = ['dev', 'worker start'];

/** After these there is nobody who runs the jobs of the other commands. */
export const ENDS_WORKERS = ['workers drain'];

/** What each command is called with; by mode, where it makes something that may be there once. */
export function callOf(command: string, mode: string, known: KnownThings): Call {
  const calls: Record<string, string[]> = {
    api: ['/jobs'],
    'config get': ['url'],
    'config set': ['profile', 'default'],
    'config unset': ['url', '-p', `unset-${mode}`],
    cancel: ['--tag', 'none', '-y'],
    completion: ['bash'],
    'completion install': ['bash', '--dry-run'],
    docs: ['INVALID_JSON'],
    explain: [known.done],
    init: [`i-${mode}`, '--yes', '--no-git', '--no-install'],
    'failures discard': [known.cause, '--dry-run'],
    'failures restore': ['--tag', 'none', '-y'],
    'failures retry': [known.cause, '--dry-run'],
    'failures show': [known.cause],
    'handlers check': ['--config', PROJECT],
    'handlers list': ['--config', PROJECT],
    'handlers new': [`made.${mode}`],
    'handlers run': ['mail.send', 'to=a', '--config', PROJECT],
    'failures export': ['--type', 'test.echo'],
    'jobs pull': [known.done],
    'jobs show': [known.done],
    'jobs wait': [known.done],
    login: ['--url', known.url, ...ACCOUNT, 'ada@example.com'],
    logout: ['-p', 'bob'],
    logs: [known.done],
    'profile add': [`p-${mode}`, '--url', 'https://jobs.example.com'],
    'profile remove': [`p-${mode}`],
    'profile show': ['default'],
    'profile use': ['default'],
    'plugins add': ['cloudtask-plugin-none', '--dry-run', '--config', PROJECT],
    'plugins remove': ['cloudtask-plugin-none', '--dry-run', '--config', PROJECT],
    'plugins list': ['--config', PROJECT],
    'queues purge': ['idle', '--dry-run'],
    'queues pause': ['idle'],
    'queues resume': ['idle'],
    'queues show': ['default'],
    register: ['--url', known.url, ...ACCOUNT, `${mode}@example.com`],
    result: [known.done],
    retry: [known.failed],
    run: ['test.echo', 'give=x'],
    'schedules create': [`s-${mode}`, '-t', 'test.echo', '--every', '1d'],
    'schedules delete': [`s-${mode}`],
    'schedules pause': ['nightly'],
    'schedules preview': ['@daily'],
    'schedules resume': ['nightly'],
    'schedules show': ['nightly'],
    'schedules trigger': ['nightly'],
    'schedules update': ['nightly', 'give=y'],
    submit: ['test.echo'],
    top: ['--once'],
    'tokens create': [`t-${mode}`, '--scope', 'jobs:read'],
    'tokens revoke': [`t-${mode}`],
    'types check': ['--config', PROJECT],
    'types show': ['sleep'],
    watch: [known.done],
    'workers drain': [known.worker],
    'workers show': [known.worker],
  };
  const args = [...command.split(' '), ...(calls[command] ?? [])];
  // What reads stdin says so; all others get one that is never closed.
  return { args, input: args.includes('--password-stdin') ? 'correct horse battery' : 'open' };
}
