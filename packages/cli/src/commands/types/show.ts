import type { TypeInfo } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import type { Output } from '../../output/output.ts';
import { printsReading } from '../../requests/own-requests.ts';
import { examplePayload } from '../../schema/example-of-schema.ts';
import { escapeHidden } from '../../views/escape-hidden.ts';
import { fieldWords } from '../../views/field-words.ts';
import { printable } from '../../views/printable.ts';
import { typeKind } from '../../views/type-kind.ts';

export default class TypesShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show what a type of job takes and gives';
  static override description =
    'A member a line; * has to be there. The schemas themselves: -o json, or --schema. --example is a payload that fits: the first example of its author, else one made from the schema.';
  static override examples = [
    '<%= config.bin %> types show email',
    '<%= config.bin %> types show email --schema',
    '<%= config.bin %> types show email --example > payload.json',
  ];
  static override args = {
    type: Args.string({ description: 'name of the type', required: true, ignoreStdin: true }),
  };
  static override flags = {
    schema: Flags.boolean({ description: 'only the JSON Schema of its payload', exclusive: ['fields'] }),
    example: Flags.boolean({ description: 'only a payload that fits', exclusive: ['fields', 'schema'] }),
    ...fieldsFlag,
  };
  static override requests = printsReading(/\/types$/);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(TypesShow);
    const types = await this.client(flags).types.list().toArray({ limit: Number.POSITIVE_INFINITY });
    const nameOf = ({ type }: { type: string }) => type;
    const type = findNamed(types, args.type, { what: 'type', nameOf, list: 'cloudtask types list' });
    if (flags.example) showExample(out, type);
    else if (!flags.schema) answerOne(out, type, typeKind, flags.fields);
    else if (out.isData) out.data(type.payloadSchema);
    else if (out.mode === 'id') out.answer(type.type);
    else if (out.mode !== 'none') out.answer(JSON.stringify(type.payloadSchema, null, 2));
  }
}

/** The payload is the answer: `types show T --example | submit T --payload -`. */
function showExample(out: Output, type: TypeInfo): void {
  const { payload, misfits } = examplePayload(type);
  if (out.isData) out.data(payload);
  else if (out.mode === 'id') out.answer(type.type);
  else if (out.mode !== 'none') out.answer(escapeHidden(JSON.stringify(payload, null, 2)));
  if (type.payloadSchema === null) out.say('No worker has registered a schema for it: any payload fits.');
  for (const each of misfits) out.warn(`${out.sayStyle.yellow('!')} ${printable(each)}: put in one of your own`);
  out.next(['cloudtask submit', printable(type.type), ...fieldWords(type, payload)].join(' '));
}
