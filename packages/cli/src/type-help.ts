import { CloudTask } from '@cloudtask/sdk';
import { findSettings } from '@cloudtask/sdk/node/find-settings';
import { knownTypes } from './schema/known-types.ts';
import { folderOf } from './settings/profile.ts';
import { lentSurroundings } from './surroundings.ts';
import { printable } from './views/printable.ts';
import { schemaLines } from './views/schema-lines.ts';
import { exampleCommand } from './views/type-kind.ts';

/** Help is read now: it says what it knows without a server that takes longer. */
const PATIENCE = '900ms';

/**
 * The fields of the type that a call for help names, `submit email --help`; undefined when it names none, or nobody knows of
 * it: the usual help is complete without.
 */
export async function typeHelp(argv: readonly string[]): Promise<{ title: string; body: string } | undefined> {
  const { words, url, profile } = asked(argv);
  const [command = '', name] = words;
  if (name === undefined) return undefined;
  try {
    const surroundings = lentSurroundings();
    const found = findSettings({ url, profile }, surroundings);
    const auth = found.auth ?? { getToken: async () => null };
    await using ct = new CloudTask({ url: found.url ?? 'http://localhost:8080', auth });
    const type = await knownTypes({ ct, folder: folderOf(surroundings) }, { patience: PATIENCE }).find(name);
    if (!type) return undefined;
    const { title, description, payloadSchema, sensitive } = type;
    const said = [title, description]
      .filter((each) => each !== null && each !== '')
      .map((each) => printable(each ?? ''));
    const fields = payloadSchema === null ? ['any: no schema is registered'] : schemaLines(payloadSchema, sensitive);
    const example = `$ ${exampleCommand(type, command)}`;
    const body = [...said, ...(said.length > 0 ? [''] : []), ...fields, '', '* has to be there', '', example];
    return { title: `FIELDS OF ${printable(name)}`, body: body.join('\n') };
  } catch {
    // A setting that is wrong is told by the command itself.
    return undefined;
  }
}

function asked(argv: readonly string[]): { words: string[]; url: string | undefined; profile: string | undefined } {
  const words: string[] = [];
  const flags: Record<string, string | undefined> = {};
  for (let at = 0; at < argv.length; at++) {
    const [name = '', value] = (argv[at] ?? '').split(/=(.*)/s, 2);
    if (['--url', '--profile', '-p'].includes(name)) flags[name] = value ?? argv[++at];
    else if (!name.startsWith('-') && name !== 'help') words.push(argv[at] ?? '');
  }
  return { words, url: flags['--url'], profile: flags['--profile'] ?? flags['-p'] };
}
