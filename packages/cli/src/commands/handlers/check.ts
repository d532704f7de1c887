import { CloudTaskCommand } from '../../cloudtask-command.ts';
import { EXIT } from '../../errors/exit-codes.ts';
import { checkHandlers, type HandlerProblem } from '../../handlers/check-handlers.ts';
import { type Place, placeOf, placeText } from '../../handlers/place-of.ts';
import { warnIdle } from '../../handlers/warn-idle.ts';
import type { ProjectHandler } from '../../import-worker.ts';
import { openProject, projectFlags } from '../../open-project.ts';
import { answerOne, type Kind } from '../../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../../requests/own-requests.ts';
import { mark } from '../../views/mark.ts';
import { printable } from '../../views/printable.ts';

/** What a worker would tell the servers, and what is wrong with it. */
interface Registry {
  ok: boolean;
  handlers: (Place & { source: string } & ProjectHandler['about'])[];
  problems: HandlerProblem[];
}

export default class HandlersCheck extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'check all handlers of this project, for CI and builds of images';
  static override description =
    'Loads everything as a worker would: names, schemas, options, two handlers for one type. Then that each example fits its payload and stays the same in JSON, and that no default is one that its own schema refuses. --json prints the registry. Needs no server. Exit 9 when something is wrong.';
  static override examples = [
    '<%= config.bin %> handlers check',
    '<%= config.bin %> handlers check --json > registry.json',
  ];
  static override flags = projectFlags;
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(HandlersCheck);
    const project = await openProject(this.surroundings, flags);
    const problems = await checkHandlers(project.handlers);
    const handlers = await Promise.all(
      project.handlers.map(async (each) => ({
        ...(await placeOf(each, this.surroundings.cwd)),
        source: each.source,
        ...each.about,
      })),
    );
    await project.close();
    await warnIdle({ out, cwd: this.surroundings.cwd }, project);
    const registry: Registry = { ok: problems.length === 0, handlers, problems };
    if (out.mode === 'plain') for (const { type, message } of problems) out.answer(`${type}\t${printable(message)}`);
    else if (out.mode === 'id') for (const { type } of handlers) out.answer(type);
    else answerOne(out, registry, registryKind);
    if (problems.length > 0) this.exitWith(EXIT.problems);
  }
}

const registryKind: Kind<Registry> = {
  columns: [],
  id: () => '',
  details({ handlers, problems }, look) {
    const width = Math.max(0, ...handlers.map(({ type }) => type.length));
    const rows = handlers.flatMap((each) => {
      const own = problems.filter(({ type }) => type === each.type);
      return [
        `  ${mark(own.length === 0 ? 'ok' : 'fail', look)} ${each.type.padEnd(width)}  ${look.style.dim(printable(placeText(each, each.source)))}`,
        ...own.map(({ message }) => `      ${printable(message)}`),
      ];
    });
    const count = `${handlers.length} ${handlers.length === 1 ? 'handler' : 'handlers'}`;
    const end =
      problems.length === 0
        ? 'nothing is wrong'
        : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    return [...rows, `  ${count}, ${end}`];
  },
};
