import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { knownSeries } from './known-metrics.ts';
import { describePromtool } from './promtool.ts';
import { readPromQL } from './read-query.ts';

interface Rules {
  groups: { name: string; rules: Rule[] }[];
}

interface Rule {
  alert: string;
  expr: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

interface UnitTests {
  tests: {
    promql_expr_test?: { expr: string; exp_samples?: unknown[] }[];
    alert_rule_test?: { alertname: string; exp_alerts?: unknown[] }[];
  }[];
}

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');
const RULES = 'deploy/compose/prometheus/rules/cloudtask.yml';
const UNIT_TESTS = 'deploy/test/rules_test.yml';

const rules = (parse(read(RULES)) as Rules).groups.flatMap((group) => group.rules);

describe('each alert', () => {
  const page = read('docs/metrics.md');
  const known = knownSeries();
  const tested = (parse(read(UNIT_TESTS)) as UnitTests).tests.flatMap((test) => [
    ...(test.promql_expr_test ?? []).map(({ expr, exp_samples = [] }) => ({
      alert: /alertname="(\w+)"/.exec(expr)?.[1],
      fires: exp_samples.length > 0,
    })),
    ...(test.alert_rule_test ?? []).map(({ alertname, exp_alerts = [] }) => ({
      alert: alertname,
      fires: exp_alerts.length > 0,
    })),
  ]);

  it.each(rules)('$alert says how bad it is, what happened, what to type next and where to read on', (rule) => {
    expect(['critical', 'warning']).toContain(rule.labels['severity']);
    expect(rule.annotations['summary']).toMatch(/^.{10,140}$/);
    expect(rule.annotations['description']).toMatch(/^.{10,400}$/);
    expect(rule.annotations['runbook']).toBe(`docs/metrics.md#${rule.alert.toLowerCase()}`);
    expect(page).toContain(`\n### ${rule.alert}\n\n`);
  });

  it.each(rules)('$alert asks only for metrics that somebody exports', ({ expr }) => {
    const { errors, metrics } = readPromQL(expr);
    expect(errors).toEqual([]);
    expect(metrics).not.toEqual([]);
    expect(metrics.filter((name) => !known.has(name))).toEqual([]);
  });

  it.each(rules)('$alert has a test in which it fires and one in which it stays silent', ({ alert }) => {
    const tests = tested.filter((each) => each.alert === alert);
    expect(new Set(tests.map(({ fires }) => fires))).toEqual(new Set([true, false]));
  });
});

it('nothing is told of an alert that is no more', () => {
  const sections = [...read('docs/metrics.md').matchAll(/^### (CloudTask\w+)$/gm)].map(([, name]) => name);
  expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
});

describePromtool('the alerts', (promtool) => {
  const file = (name: string) => fileURLToPath(new URL(name, root));

  it('are rules that Prometheus takes', () => {
    expect(promtool(['check', 'rules', '--lint=all', file(RULES)])).toMatchObject({ status: 0 });
  });

  it('pass their unit tests', () => {
    const { status, output } = promtool(['test', 'rules', file(UNIT_TESTS)]);
    expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});
