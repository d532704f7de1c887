import { relative } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { CliError, usageError } from '../../errors/cli-error.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { importPluginManifests } from '../../import-worker.ts';
import { projectFlags } from '../../open-project.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import type { Output } from '../../output/output.ts';
import { withPlugin } from '../../plugins/edit-config.ts';
import { packageCommands } from '../../plugins/package-commands.ts';
import { entryText, type PluginEntry } from '../../plugins/plugin-entry.ts';
import { openPluginProject, type PluginProject } from '../../plugins/plugin-project.ts';
import { commandText, runPackageManager } from '../../plugins/run-package-manager.ts';
import { notEdited, saveConfig } from '../../plugins/save-config.ts';
import { wantedPackage } from '../../plugins/wanted-package.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

interface Added {
  plugin: string;
  prefix: string | null;
  /** Null: not installed, or its manifest does not say. */
  version: string | null;
  /** With the prefix. */
  types: string[] | null;
  config: string;
  /** What installs it. */
  install: string;
  /** False: it was among the plugins already. */
  isChanged: boolean;
  isDryRun: boolean;
}

export default class PluginsAdd extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'install a plugin and name it in the configuration';
  static override description =
    "With the package manager whose lock file is here, after its command was shown. A package that is no plugin of handlers, or has a type in common with another one, is refused. The configuration is changed where its list of plugins is written out, comments and all else stay; what came out is run before it takes the old one's place. Fine to repeat.";
  static override examples = [
    '<%= config.bin %> plugins add cloudtask-plugin-mail',
    '<%= config.bin %> plugins add cloudtask-plugin-mail@1.2.0 --prefix acme.',
    '<%= config.bin %> plugins add ../plugin-audit --dry-run',
    '<%= config.bin %> plugins add ./cloudtask-plugin-audit-1.0.0.tgz',
  ];
  static override args = {
    package: Args.string({
      description: 'name, name@version, or the path of a folder or tarball',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override flags = {
    prefix: Flags.string({
      description: 'stands before its types',
      helpValue: 'acme.',
      parse: async (text) => prefixOf(text),
    }),
    install: Flags.boolean({ description: 'install the package first (default)', allowNo: true, default: true }),
    'dry-run': Flags.boolean({ description: 'only show what would be done' }),
    config: projectFlags.config,
  };
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(PluginsAdd);
    const { surroundings } = this;
    const project = await openPluginProject(surroundings, flags);
    const { name, spec } = await wantedPackage(args.package, surroundings.cwd);
    const entry: PluginEntry = { name, prefix: flags.prefix };
    refuseOtherPrefix(project, entry);
    const commands = packageCommands(project.folder, surroundings.env);
    const command = [...commands.add, spec];
    const isThere = project.plugins.some((each) => each.name === name);
    const text = isThere ? project.source : withPlugin(project.source, entry);
    const byHand = `write ${entryText(entry)} into plugins in ${this.#shown(project.configFile)}`;
    // Before anything is installed.
    if (text === undefined) throw notEdited(project.configFile, byHand);
    if (flags['dry-run']) this.#sayPlan(out, project, flags.install ? command : undefined, entry);
    else if (flags.install) {
      out.say(`  ${out.sayStyle.dim('$')} ${printable(commandText(command))}`);
      await runPackageManager(command, { folder: project.folder, surroundings });
    }
    const isInstalled = flags.install && !flags['dry-run'];
    const found = await this.#manifest(project, name, isInstalled ? [...commands.remove, name] : undefined);
    if (!found && !flags['dry-run'])
      out.warn(`${out.sayStyle.yellow('!')} ${name} is not installed: it was not looked at. ${commandText(command)}`);
    if (!flags['dry-run'] && !isThere)
      await saveConfig({
        path: project.configFile,
        text,
        env: surroundings.env,
        byHand,
        isChecked: found !== undefined,
        source: project.isNew ? undefined : project.source,
        isRight: (plugins) => plugins.some((each) => each.name === name && each.prefix === entry.prefix),
      });
    const added: Added = {
      plugin: name,
      prefix: flags.prefix ?? null,
      version: found?.version ?? null,
      types: found?.types?.map((type) => `${flags.prefix ?? ''}${type}`) ?? null,
      config: this.#shown(project.configFile),
      install: commandText(command),
      isChanged: !isThere,
      isDryRun: flags['dry-run'],
    };
    answerOne(out, added, addedKind);
    if (surroundings.env['CLOUDTASK_PLUGINS'])
      out.warn(`${out.sayStyle.yellow('!')} CLOUDTASK_PLUGINS is set, and wins over the configuration.`);
    if (!flags['dry-run']) out.next('cloudtask handlers list');
  }

  #shown(path: string): string {
    return relative(this.surroundings.cwd, path);
  }

  #sayPlan(out: Output, project: PluginProject, install: string[] | undefined, entry: PluginEntry): void {
    const { sayStyle: style } = out;
    if (install) out.say(`  ${style.dim('$')} ${printable(commandText(install))}`);
    if (!project.plugins.some(({ name }) => name === entry.name))
      out.say(`  ${style.green('+')} ${this.#shown(project.configFile)}  plugins: ${printable(entryText(entry))}`);
    out.say('Nothing was changed.');
  }

  /** Undefined for what was not installed and is not there. `undo`: of what was installed just now. */
  async #manifest(project: PluginProject, name: string, undo: string[] | undefined) {
    const { isPackageThere, readPluginManifest } = await importPluginManifests();
    if (undo === undefined && !isPackageThere(name, project.folder)) return undefined;
    const manifest = await readPluginManifest(name, project.folder).catch((error: unknown) => {
      throw noPlugin(name, `${(error as Error).message}.`, undo, error);
    });
    if (manifest.isDeclared) return manifest;
    throw noPlugin(name, 'Its package.json has no `cloudtask`, nor the keyword cloudtask-plugin.', undo);
  }
}

function noPlugin(name: string, why: string, undo: string[] | undefined, cause?: unknown): CliError {
  return new CliError(`${name} cannot be a plugin here`, {
    code: 'NOT_A_PLUGIN',
    exit: EXIT.refused,
    why: `${why} The configuration is as it was${undo ? ', the package is installed' : ''}.`,
    ...(undo && { tryThis: commandText(undo) }),
    cause,
  });
}

/** Before it is written: with another one no worker would start any more. */
function prefixOf(text: string): string {
  if (/^[\w.:-]{1,50}$/.test(text)) return text;
  throw usageError('--prefix is letters, digits and . _ - :, like acme.');
}

function refuseOtherPrefix({ plugins }: PluginProject, { name, prefix }: PluginEntry): void {
  const known = plugins.find((each) => each.name === name);
  if (!known || (known.prefix ?? '') === (prefix ?? '')) return;
  throw usageError(
    `${name} is a plugin here already, ${known.prefix ? `with the prefix ${known.prefix}` : 'without a prefix'}`,
    {
      why: 'Its types would change their names, and jobs that wait for them would find no handler.',
      tryThis: `cloudtask plugins remove ${name} --no-uninstall   (then add it again)`,
    },
  );
}

const addedKind: Kind<Added> = {
  columns: [],
  id: ({ plugin }) => plugin,
  details({ plugin, version, types, config, isChanged, isDryRun }, look) {
    const what = isDryRun ? 'would be' : 'is';
    const where = isChanged ? `${what} in ${config}` : `was in ${config} already`;
    const head = `${mark(isDryRun ? 'warn' : 'ok', look)} ${look.style.bold(printable(plugin))}${version === null ? '' : ` ${printable(version)}`} ${where}`;
    return [head, ...(types === null || types.length === 0 ? [] : [`  Types  ${printable(types.join(', '))}`])];
  },
};
