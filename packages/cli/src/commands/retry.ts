import type { Job } from '@cloudtask/sdk';
import { Args } from '@oclif/core';
import { type Call, CloudTaskCommand } from '../cloudtask-command.ts';
import type { Effect } from '../effect.ts';
import { usageError } from '../errors/cli-error.ts';
import {
  actOnMany,
  canaryFlag,
  chooseRefsOrFilter,
  isNamedOneByOne,
  manyFlags,
  notForDryRunOfNamed,
  showNamed,
} from '../jobs/act-on-many.ts';
import { forEachRef } from '../jobs/for-each-ref.ts';
import { jobFilterFlags, jobFilterOf } from '../jobs/job-filter-flags.ts';
import { refsOf } from '../jobs/refs.ts';
import type { Output } from '../output/output.ts';
import { sourceReader } from '../read-source.ts';
import { printsChanges } from '../requests/own-requests.ts';
import { convertFor, hasTextFields, payloadFlags, payloadOf } from '../submit/submission.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';

export default class Retry extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'run jobs again that did not complete';
  static override description =
    'One job, also with another payload: fields are laid over the one that it has. With a filter in place of ids all that match are run again, after a question; --canary tries a few first. Exit 6 when a job cannot be retried, 3 when a canary job failed.';
  static override examples = [
    '<%= config.bin %> retry 3f9a01c2',
    '<%= config.bin %> retry @last to=ada@example.com',
    '<%= config.bin %> retry --type image.thumb -s failed --since 1h --dry-run',
    '<%= config.bin %> retry --cause c9f1a2b3c4d5 --canary 1 --rate 5/s --yes',
  ];
  static override aliases = ['jobs:retry'];
  static override usage = ['retry REF... [FIELD...]', 'retry --type TYPE [-s STATUS] …'];
  static override strict = false;
  static override args = {
    ref: Args.string({ description: 'id, end of an id, @last, or - for stdin', ignoreStdin: true }),
  };
  static override flags = { ...payloadFlags, ...jobFilterFlags, ...manyFlags, ...canaryFlag };
  static override requests = printsChanges(notForDryRunOfNamed);

  protected override effectOf({ words }: Call): Effect {
    return isNamedOneByOne(words) ? 'changes' : 'destroys';
  }

  override async run(): Promise<void> {
    const { flags, words, out } = await this.begin(Retry);
    const { surroundings } = this;
    const refs = words.filter((each) => !each.includes('='));
    const fields = words.filter((each) => each.includes('='));
    const filter = jobFilterOf(flags);
    const by = chooseRefsOrFilter(refs, filter, 'retry');
    const changes = { flags, fields, isGiven: fields.length > 0 || hasPayload(flags) };
    if (by === 'filter' && changes.isGiven)
      throw usageError('another payload is for jobs that are named, not for a filter', {
        why: 'Fields change the payload here. To choose jobs by theirs, list them first.',
        tryThis: 'cloudtask jobs list -s failed -f customer=acme -o id | cloudtask retry -',
      });
    const ct = this.client(flags);
    if (by === 'filter') {
      this.exitWith(await actOnMany({ ct, out, surroundings }, { action: 'retry', filter, flags }));
      return;
    }
    if (refs.includes('-') && flags.payload === '-') throw usageError('stdin can be read only once');
    const ids = await refsOf({ ct, surroundings }, refs);
    if (flags['dry-run']) return showNamed({ ct, out }, ids, 'retried');
    const read = sourceReader(surroundings);
    const types = this.types(ct);
    const whole = flags.payload === undefined ? undefined : await payloadOf(read, { payload: flags.payload }, []);
    await forEachRef(out, ids, {
      act: async (id) => {
        if (!changes.isGiven) return ct.jobs.retry(id);
        const job = whole === undefined || hasTextFields(flags, fields) ? await ct.jobs.get(id) : undefined;
        const { payload: _, ...more } = flags;
        const convert = job && convertFor(types, job.type);
        const payload = (await payloadOf(read, more, fields, { base: whole ?? job?.payload, convert })) ?? whole;
        return ct.jobs.retry(id, payload === undefined ? {} : { payload });
      },
      show: (job) => out.answer(humanText(out, job)),
    });
    out.next(`cloudtask watch ${ids.map(shortRef).join(' ')}`);
  }
}

function hasPayload(flags: {
  payload?: string | undefined;
  field?: string[] | undefined;
  'json-field'?: string[] | undefined;
}): boolean {
  return flags.payload !== undefined || flags.field !== undefined || flags['json-field'] !== undefined;
}

function humanText({ style, look }: Output, job: Job): string {
  const mark = paintStatus(job.status, glyph(job.status, look.unicode), style);
  return `${mark} ${printable(job.type)} ${shortRef(job.id)} ${word(job.status)} again`;
}
