import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { lookUpJobs } from '../jobs/look-up-jobs.ts';
import { readIds } from '../jobs/read-ids.ts';
import { answerOne, type Kind } from '../output/answer.ts';
import { fieldsFlag } from '../output/fields-flag.ts';
import type { Output } from '../output/output.ts';
import { sourceReader } from '../read-source.ts';
import { printsReading } from '../requests/own-requests.ts';
import { lookedUpKind, verificationKind } from '../views/verification-kind.ts';

export default class Verify extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'verify that no job was lost and that each ends once';
  static override description =
    'Without a file the server compares all its jobs, of all accounts, with what it promises of each, and changes nothing; for operators. With a file of ids, one a line, each is looked for: what submit printed, with -o id or -o jsonl. Exit 9 when a promise is broken or a job is missing. A job is also missing when its retention is over or it belongs to another account.';
  static override examples = [
    '<%= config.bin %> verify',
    'cloudtask submit report -o id >> sent.txt; <%= config.bin %> verify sent.txt',
    '<%= config.bin %> verify sent.txt --ended && echo all done',
    '<%= config.bin %> verify sent.txt -o id > missing.txt',
  ];
  static override args = {
    file: Args.string({ description: 'ids of jobs, one a line; - for stdin', ignoreStdin: true }),
  };
  static override flags = {
    ended: Flags.boolean({ description: 'with a file: exit 9 also while a job has not ended' }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/verify$/, ({ words }) =>
    words.length > 0 ? 'Each id of the file is asked for, and the comparison is made here.' : undefined,
  );

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Verify);
    const ct = this.client(flags);
    if (args.file === undefined) {
      const verification = await ct.verify();
      show(out, verification, verificationKind, flags.fields);
      if (verification.violations.length > 0) this.exitWith(EXIT.problems);
      return;
    }
    const text = await sourceReader(this.surroundings)(args.file);
    const { ids, refused } = readIds(text, args.file === '-' ? 'stdin' : args.file);
    if (refused > 0) out.say(`${refused} ${refused === 1 ? 'line says' : 'lines say'} that the job was refused.`);
    let done = 0;
    out.live(() => `  ${done} of ${ids.length}`);
    const found = await lookUpJobs(ct, ids, (count) => {
      done = count;
    });
    out.close();
    show(out, found, lookedUpKind, flags.fields);
    if (found.missing.length > 0 || (flags.ended && found.unfinished > 0)) this.exitWith(EXIT.problems);
  }
}

/** In the form of ids only what is wrong is named: often nothing, and then not even an empty line. */
function show<T extends object>(out: Output, found: T, kind: Kind<T>, fields: string | undefined): void {
  if (out.mode === 'id' && kind.id(found) === '') return;
  answerOne(out, found, kind, fields);
}
