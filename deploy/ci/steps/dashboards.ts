import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { eventually } from '../../../test/support/eventually.ts';
import { hasData, queryRange } from '../prometheus.ts';
import { composeFolder } from '../repository.ts';
import { NotAvailable, type Run, type Step } from '../step.ts';
import { movedSeries } from './moved-series.ts';

/** `dashboard: panel` that stays empty here, and why it must. */
const emptyHere: Record<string, string> = {
  'api-health: Errors of the server by route': 'no request was answered with 5xx',
};

interface PanelQuery {
  panel: string;
  promql: string;
}

/** Every query of every panel that asks Prometheus, as Grafana would send it, on the stack after a few jobs. */
export const dashboards: Step = {
  name: 'queries of the dashboards have data',
  needs: [movedSeries],
  async run(run) {
    const queries = await readQueries(run);
    if (queries.length === 0) throw new NotAvailable('deploy/compose/grafana/dashboards has no dashboard yet');
    const { url } = run.resultOf(movedSeries);
    let empty = queries;
    const allHaveData = async (): Promise<boolean> => {
      run.signal.throwIfAborted();
      const answers = await Promise.all(empty.map(({ promql }) => queryRange(url, promql)));
      empty = empty.filter((_, at) => !hasData(answers[at] ?? []));
      return empty.every(({ panel }) => panel in emptyHere);
    };
    const describe = (): string[] =>
      empty.filter(({ panel }) => !(panel in emptyHere)).map(({ panel, promql }) => `${panel}: ${promql}`);
    await eventually(allHaveData, { timeoutMs: 60_000, intervalMs: 3000, describe });
    run.note(`${queries.length - empty.length} of ${queries.length} queries have data`);
    for (const panel of new Set(empty.map((each) => each.panel))) run.note(`empty: ${panel} (${emptyHere[panel]})`);
  },
};

interface Panel {
  title?: string;
  datasource?: { type?: string };
  targets?: { expr?: string; datasource?: { type?: string } }[];
  panels?: Panel[];
}

async function readQueries(run: Run): Promise<PanelQuery[]> {
  const queries: PanelQuery[] = [];
  let toLoki = 0;
  for (const file of globSync('grafana/dashboards/*.json', { cwd: composeFolder }).sort()) {
    const { panels } = JSON.parse(await readFile(`${composeFolder}/${file}`, 'utf8')) as { panels: Panel[] };
    for (const panel of panels.flatMap((each) => [each, ...(each.panels ?? [])])) {
      for (const { expr, datasource } of panel.targets ?? []) {
        if (!expr) continue;
        if ((datasource ?? panel.datasource)?.type === 'loki') toLoki += 1;
        else queries.push({ panel: `${basename(file, '.json')}: ${panel.title}`, promql: fillVariables(expr) });
      }
    }
  }
  if (toLoki > 0) run.skip(`${toLoki} queries of the dashboards to Loki`, 'there is no Loki to ask');
  return queries;
}

/** What Grafana puts in: the scrape interval is 5 s, and `All` is the choice of a fresh dashboard. */
function fillVariables(expr: string): string {
  return expr
    .replace(/\$__(rate_interval|interval|auto)\b/g, '1m')
    .replace(/\$__range\b/g, '5m')
    .replace(/=~?\s*"\$\{?\w+(:\w+)?\}?"/g, '=~".*"');
}
