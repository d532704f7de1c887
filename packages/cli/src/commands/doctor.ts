import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { credentialsPath } from '@cloudtask/sdk/node/profiles';
import { readSessions } from '@cloudtask/sdk/node/session-slot';
import { Flags } from '@oclif/core';
import { type Call, CloudTaskCommand } from '../cloudtask-command.ts';
import { type Bundle, makeBundle } from '../doctor/bundle.ts';
import { examineMachine, examineServer, unreadable } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { mend } from '../doctor/mend.ts';
import type { Effect } from '../effect.ts';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { answerList } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import { printsNothing } from '../requests/own-requests.ts';
import { folderOf } from '../settings/profile.ts';
import { readSettings } from '../settings/read-settings.ts';
import { findingKind } from '../views/finding-kind.ts';

export default class Doctor extends CloudTaskCommand {
  static override effect = 'changes' as const;
  static override summary = 'find out why it does not work here: versions, clock, session, a real job';
  static override description =
    'Looks at this machine and at the server, and sends a job that takes no time. Exit 9 when something is wrong. --probe says nothing and asks only whether the server can serve: exit 0 or 1, for health checks. --fix closes the files of sessions to others, removes a lock that was left behind, and says so. --bundle writes what a report of a bug needs, without secrets, payloads and messages of errors; read it before you send it.';
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --probe --url http://localhost:8080',
    '<%= config.bin %> doctor --fix',
    '<%= config.bin %> doctor --bundle report.json',
    '<%= config.bin %> doctor --json | jq \'.[] | select(.level != "ok")\'',
  ];
  static override flags = {
    probe: Flags.boolean({
      description: 'only ask the server, silently: exit 0 or 1',
      exclusive: ['bundle', 'fields'],
    }),
    fix: Flags.boolean({ description: 'mend what is safe to mend first', exclusive: ['probe'] }),
    bundle: Flags.string({ description: 'also write a report without secrets; - for stdout', helpValue: 'FILE' }),
    ...fieldsFlag,
  };
  static override requests = printsNothing(
    'It looks at this machine, and asks the server only on the way; --debug shows what.',
  );

  // It submits a job, but for the probe.
  protected override effectOf({ flags }: Call): Effect {
    return flags.probe ? 'reads' : 'changes';
  }

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Doctor);
    if (flags.probe) return this.#probe(flags);
    // Before all else: a file that others can read keeps every command from reading it.
    const mended = flags.fix ? await mend(folderOf(this.surroundings)) : [];
    const machine = [...mended, ...(await examineMachine(this.surroundings))];
    const found = this.#findServer(flags);
    const server =
      'error' in found
        ? [unreadable(found.error)]
        : await examineServer(found.ct, { ...found, version: this.config.version });
    const findings = [...machine, ...server];
    if (flags.bundle === '-' && out.mode !== 'none') out.data(await this.#bundle(flags, findings, found));
    else {
      answerList(out, findings, findingKind, { fields: flags.fields, none: '' });
      out.say(summary(findings));
      if (flags.bundle !== undefined) out.say(`  Report in ${await this.#write(flags, findings, found)}`);
    }
    if (findings.some(({ level }) => level === 'fail')) this.exitWith(EXIT.problems);
  }

  async #probe(flags: DoctorFlags): Promise<void> {
    try {
      const ct = this.client(flags);
      await ct.request('GET', '/actuator/health/readiness', { maxRetries: 0, timeout: '3s' });
    } catch {
      this.exitWith(EXIT.other);
    }
  }

  #findServer(flags: DoctorFlags) {
    try {
      const settings = this.settings(flags);
      return { settings, ct: this.connect(settings) };
    } catch (error) {
      return { error };
    }
  }

  async #bundle(flags: DoctorFlags, findings: Finding[], found: FoundServer): Promise<Bundle> {
    const { surroundings } = this;
    const { env } = surroundings;
    return makeBundle({
      version: this.config.version,
      findings,
      surroundings,
      settings: 'error' in found ? [] : readSettings(found.settings, flags, surroundings),
      ct: 'error' in found ? undefined : found.ct,
      secrets: [env['CLOUDTASK_TOKEN'] ?? '', ...storedSecrets(credentialsPath(folderOf(surroundings)))],
    });
  }

  async #write(flags: DoctorFlags, findings: Finding[], found: FoundServer): Promise<string> {
    const name = flags.bundle ?? '';
    const path = resolve(this.surroundings.cwd, name);
    const text = `${JSON.stringify(await this.#bundle(flags, findings, found), null, 2)}\n`;
    try {
      await writeFile(path, text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw cannotWrite(name, error as NodeJS.ErrnoException);
    }
    return name;
  }
}

interface DoctorFlags {
  profile: string | undefined;
  url: string | undefined;
  bundle: string | undefined;
}

type FoundServer =
  | { error: unknown }
  | { settings: Parameters<typeof readSettings>[0]; ct: NonNullable<Parameters<typeof makeBundle>[0]['ct']> };

/** A damaged file is a finding of its own. */
function storedSecrets(path: string): string[] {
  try {
    return Object.values(readSessions(path)).flatMap(({ token, refreshToken }) => [token, refreshToken]);
  } catch {
    return [];
  }
}

function cannotWrite(name: string, error: NodeJS.ErrnoException): CliError {
  if (error.code !== 'EEXIST') return usageError(`cannot write ${name}`, { why: error.message });
  return new CliError(`${name} is there already`, {
    code: 'FILE_EXISTS',
    exit: EXIT.refused,
    why: 'Nothing is overwritten.',
    tryThis: 'cloudtask doctor --bundle another-name.json',
  });
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding['level']) => findings.filter((each) => each.level === level).length;
  const [problems, warnings] = [count('fail'), count('warn')];
  if (problems + warnings === 0) return 'All is well.';
  const text = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${text(problems, 'problem')}, ${text(warnings, 'warning')}.`;
}
