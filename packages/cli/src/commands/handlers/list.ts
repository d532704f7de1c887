import { Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { compareWithServer, type Sync } from '../../handlers/compare-with-server.ts';
import { type Place, placeOf, placeText } from '../../handlers/place-of.ts';
import { readServerTypes } from '../../handlers/read-server-types.ts';
import { warnIdle } from '../../handlers/warn-idle.ts';
import { openProject, projectFlags } from '../../open-project.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing } from '../../requests/own-requests.ts';
import type { Style } from '../../views/style.ts';

interface HandlerInfo extends Place {
  type: string;
  /** Where it came from, for people. */
  source: string;
  /** Null: no server was asked. */
  server: Sync | null;
}

export default class HandlersList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list the handlers of this project, and whether the server knows them so';
  static override description =
    'Loads them as a worker would. Works without a server too, then the last column stays empty. "differs" is a schema or a default that a worker of this code would change on the server.';
  static override examples = [
    '<%= config.bin %> handlers list',
    '<%= config.bin %> handlers list --handlers src/handlers --offline',
  ];
  static override aliases = ['handlers:ls'];
  static override flags = {
    ...projectFlags,
    offline: Flags.boolean({ description: 'do not ask the server' }),
    ...fieldsFlag,
  };
  static override requests = printsNothing(
    'It loads the code of this project; types list --curl prints what it is compared with.',
  );

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(HandlersList);
    const { cwd } = this.surroundings;
    const project = await openProject(this.surroundings, flags);
    const types = flags.offline ? null : await readServerTypes(this.client(flags), out);
    const infos: HandlerInfo[] = await Promise.all(
      project.handlers.map(async (each) => ({
        type: each.type,
        ...(await placeOf(each, cwd)),
        source: each.source,
        server: types && compareWithServer(each, types),
      })),
    );
    await project.close();
    await warnIdle({ out, cwd: this.surroundings.cwd }, project);
    answerList(out, infos, handlerKind, { fields: flags.fields, none: 'No handlers.' });
  }
}

const COLORS: Record<Sync, keyof Style> = { 'in sync': 'green', differs: 'yellow', 'not on the server': 'yellow' };

const handlerKind: Kind<HandlerInfo> = {
  id: ({ type }) => type,
  columns: [
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'FROM', text: (info) => placeText(info, info.source) },
    {
      title: 'SERVER',
      text: ({ server }) => server ?? '',
      cell: ({ server }, { style }) => ({ text: server ?? '', ...(server && { paint: style[COLORS[server]] }) }),
    },
  ],
};
