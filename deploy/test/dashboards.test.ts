import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderDashboards } from '../dashboards/render.ts';
import { knownSeries } from './known-metrics.ts';
import { readLogQL, readPromQL } from './read-query.ts';

interface DashboardJson {
  uid: string;
  title: string;
  editable: boolean;
  schemaVersion: number;
  panels: Panel[];
  templating?: { list: { name: string; datasource: { uid: string }; refresh: number }[] };
}

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { type: string; uid: string };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[];
}

const root = new URL('../../', import.meta.url);
const files = globSync('deploy/compose/grafana/dashboards/*.json', { cwd: fileURLToPath(root) });
const dashboards = files
  .sort()
  .map((file) => ({ file, ...(JSON.parse(readFileSync(new URL(file, root), 'utf8')) as DashboardJson) }));
const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ dashboard: dashboard.title, ...panel })),
);
const queries = panels.flatMap(({ dashboard, title, targets = [] }) =>
  targets.map((target) => ({ where: `${dashboard}: ${title}`, ...target })),
);

describe('the dashboards', () => {
  it('are what the code makes of them, and no others', () => {
    const wanted = renderDashboards().map(({ file, text }) => [file, text] as const);
    const found = files.map((file) => [file, readFileSync(new URL(file, root), 'utf8')] as const);
    expect(new Map(found)).toEqual(new Map(wanted));
  });

  it('are found by the names that links use', () => {
    expect(dashboards.map(({ uid, title }) => [uid, title])).toEqual([
      ['api-health', 'API Health'],
      ['job-processing', 'Job Processing'],
      ['stores', 'Stores'],
    ]);
  });

  it.each(dashboards)('$title is classic JSON that nobody edits in Grafana, and each panel has an id', (dashboard) => {
    expect(dashboard).toMatchObject({
      schemaVersion: 42,
      editable: false,
      file: expect.stringContaining(dashboard.uid),
    });
    const ids = dashboard.panels.map(({ id }) => id);
    expect(ids.every((id) => Number.isInteger(id) && id > 0)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(dashboards)('$title asks for the values of its variables anew when the time changes', ({ templating }) => {
    for (const variable of templating?.list ?? []) expect(variable).toMatchObject({ refresh: 2 });
  });

  it('use data sources that provisioning knows', () => {
    const uids = [...queries, ...panels, ...dashboards.flatMap(({ templating }) => templating?.list ?? [])];
    expect(new Set(uids.map(({ datasource }) => datasource?.uid))).toEqual(new Set(['prometheus', 'loki']));
    const provisioned = globSync('deploy/compose/grafana/provisioning/datasources/*.y*ml', {
      cwd: fileURLToPath(root),
    });
    const sources = provisioned.flatMap(
      (file) =>
        (parse(readFileSync(new URL(file, root), 'utf8')) as { datasources?: { uid: string }[] }).datasources ?? [],
    );
    if (provisioned.length > 0) {
      expect(sources.map(({ uid }) => uid)).toEqual(expect.arrayContaining(['prometheus', 'loki']));
    }
  });
});

describe('each panel', () => {
  it.each(panels)(
    '$dashboard: $title says what it shows, in which unit',
    ({ type, title, description, fieldConfig }) => {
      expect(title).toMatch(/^\p{Lu}.{3,60}$/u);
      expect(description).toMatch(/^.{10,300}[.…]$/);
      expect(description).not.toBe(title);
      if (type !== 'logs') expect(fieldConfig?.defaults.unit).toMatch(/^\w+$/);
    },
  );

  it.each(queries)('$where asks what parses, and for metrics that somebody exports', ({ expr, datasource }) => {
    if (datasource.type === 'loki') return expect(readLogQL(expr)).toEqual([]);
    const { errors, metrics } = readPromQL(expr);
    const known = knownSeries();
    expect(errors).toEqual([]);
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(queries)('$where takes rates over the interval that Grafana chooses', ({ expr }) => {
    const windows = [...expr.matchAll(/\[([^\]{}]+)\]/g)].map(([, window]) => window);
    for (const window of windows.filter((each) => each !== '.')) expect(window).toBe('$__rate_interval');
  });

  it('the rules would see a query that does not parse, or asks for what nobody exports', () => {
    expect(readPromQL('sum(rate(up[1m])').errors).not.toEqual([]);
    expect(readLogQL('{container=~"$container"').length).toBeGreaterThan(0);
    expect(readPromQL('max by (queue) (cloudtask_no_such_metric{queue="a"})').metrics).toEqual([
      'cloudtask_no_such_metric',
    ]);
    expect(knownSeries().has('cloudtask_no_such_metric')).toBe(false);
    expect(knownSeries().has('http_server_requests_seconds')).toBe(false);
  });
});
