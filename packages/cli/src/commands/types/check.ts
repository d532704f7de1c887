import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { checkWaiting, type WaitingCheck } from '../../handlers/check-waiting.ts';
import { openProject, projectFlags } from '../../open-project.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

export default class TypesCheck extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'check that the schemas of this project accept the jobs that wait';
  static override description =
    'Before a deployment: a payload that was accepted by the old code may be refused by the new one, and its job would fail for good. Looks at jobs of yours that are pending, scheduled or retrying. Exit 9 when some would be refused.';
  static override examples = [
    '<%= config.bin %> types check',
    '<%= config.bin %> types check --most 100000 --url https://jobs.example.com',
  ];
  static override flags = {
    ...projectFlags,
    most: Flags.integer({ description: 'look at no more jobs of each type', default: 10_000, min: 1 }),
    ...fieldsFlag,
  };
  static override requests = printsNothing(
    'The code of this project is held here against the jobs that wait; jobs list --curl prints the request for those.',
  );

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(TypesCheck);
    const project = await openProject(this.surroundings, flags);
    const ct = this.client(flags);
    const checks: WaitingCheck[] = [];
    for (const handler of project.handlers) checks.push(await checkWaiting(ct, handler, flags));
    await project.close();
    answerList(out, checks, waitingKind, { fields: flags.fields, none: 'No handlers.' });
    const refusing = checks.filter(({ refused }) => refused > 0);
    if (refusing.length === 0) return;
    this.exitWith(EXIT.problems);
    out.say('Add a default to what is new, or let them run first:');
    for (const { type } of refusing)
      out.next(`cloudtask jobs list --type ${printable(type)} -s pending,scheduled,retrying`);
  }
}

const waitingKind: Kind<WaitingCheck> = {
  id: ({ type }) => type,
  columns: [
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'WAITING', text: ({ waiting, isComplete }) => `${waiting}${isComplete ? '' : '+'}` },
    { title: 'REFUSED', text: ({ refused }) => String(refused) },
    { title: 'REASON', text: ({ reasons }) => reasons[0]?.message ?? '' },
  ],
  line({ type, waiting, refused, reasons, isComplete }, look) {
    const jobs = `${isComplete ? '' : 'the first '}${waiting} waiting ${waiting === 1 ? 'job' : 'jobs'}`;
    const said = refused === 0 ? `accepts ${jobs}` : `would refuse ${refused} of ${jobs}`;
    const lines = reasons.map(
      ({ message, jobs: count, example }) => `      ${count} × ${printable(message)}  ${look.style.dim(example)}`,
    );
    return [`  ${mark(refused === 0 ? 'ok' : 'fail', look)} ${printable(type)} ${said}`, ...lines].join('\n');
  },
};
