import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { importPluginManifests, type ProjectSources } from '../../import-worker.ts';
import { openProjectSources, projectFlags } from '../../open-project.ts';
import { answerList, type Kind } from '../../output/answer.ts';
import { fieldsFlag } from '../../output/fields-flag.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { printable } from '../../views/printable.ts';

interface PluginInfo {
  name: string;
  kind: 'package' | 'file' | 'code';
  version: string | null;
  /** With their prefix; null: its manifest does not say, and its code was not run. */
  types: string[] | null;
  prefix: string | null;
  /** Why its manifest cannot be used. */
  problem: string | null;
}

export default class PluginsList extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'list the plugins of this project and their types';
  static override description =
    'From cloudtask.config.ts and CLOUDTASK_PLUGINS, and from what their packages say of themselves: no code of an installed plugin is run.';
  static override examples = ['<%= config.bin %> plugins list', '<%= config.bin %> plugins list --json'];
  static override aliases = ['plugins:ls'];
  static override flags = { config: projectFlags.config, ...fieldsFlag };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(PluginsList);
    const { plugins } = await openProjectSources(this.surroundings, flags);
    const infos = await Promise.all(plugins.map(describe));
    answerList(out, infos, pluginKind, { fields: flags.fields, none: 'No plugins.' });
  }
}

async function describe({ plugin, options, from }: ProjectSources['plugins'][number]): Promise<PluginInfo> {
  const prefix = options?.prefix ?? null;
  const base = { version: null, types: null, prefix, problem: null };
  if (typeof plugin !== 'string') {
    const types = plugin.handlers.map(({ job }) => `${prefix ?? ''}${job.type}`);
    return { ...base, name: plugin.name, kind: 'code', version: plugin.version ?? null, types };
  }
  if (/^\.{0,2}\//.test(plugin)) return { ...base, name: plugin, kind: 'file' };
  const { readPluginManifest } = await importPluginManifests();
  try {
    const { types, version } = await readPluginManifest(plugin, from ?? '.');
    const whole = types?.map((type) => `${prefix ?? ''}${type}`) ?? null;
    return { ...base, name: plugin, kind: 'package', version: version ?? null, types: whole };
  } catch (error) {
    return { ...base, name: plugin, kind: 'package', problem: (error as Error).message };
  }
}

const pluginKind: Kind<PluginInfo> = {
  id: ({ name }) => name,
  columns: [
    { title: 'PLUGIN', text: ({ name }) => name },
    { title: 'KIND', text: ({ kind }) => kind },
    { title: 'VERSION', text: ({ version }) => version ?? '' },
    {
      title: 'TYPES',
      text: ({ types }) => types?.join(',') ?? '',
      cell: ({ types, problem }, { style }) =>
        problem === null
          ? { text: types?.join(', ') ?? 'not said' }
          : { text: printable(problem), paint: (text) => style.red(text) },
    },
    { title: 'PROBLEM', text: ({ problem }) => problem ?? '', in: ['tsv'] },
  ],
};
