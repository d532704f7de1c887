import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { findNamed } from '../../find-named.ts';
import { answerOne } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { typeKind } from '../../views/type-kind.ts';

export default class TypesShow extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show what a type of job takes and gives';
  static override description = 'A member a line; * has to be there. The schemas themselves: -o json, or --schema.';
  static override examples = ['<%= config.bin %> types show email', '<%= config.bin %> types show email --schema'];
  static override args = {
    type: Args.string({ description: 'name of the type', required: true, ignoreStdin: true }),
  };
  static override flags = {
    schema: Flags.boolean({ description: 'only the JSON Schema of its payload', exclusive: ['fields'] }),
    ...fieldsFlag,
  };

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(TypesShow);
    const types = await this.client(flags).types.list().toArray({ limit: Number.POSITIVE_INFINITY });
    const nameOf = ({ type }: { type: string }) => type;
    const type = findNamed(types, args.type, { what: 'type', nameOf, list: 'cloudtask types list' });
    if (!flags.schema) answerOne(out, type, typeKind, flags.fields);
    else if (out.isData) out.data(type.payloadSchema);
    else if (out.mode === 'id') out.answer(type.type);
    else if (out.mode !== 'none') out.answer(JSON.stringify(type.payloadSchema, null, 2));
  }
}
