import { parser as logql } from '@grafana/lezer-logql';
import type { Tree } from '@lezer/common';
import { parser as promql } from '@prometheus-io/lezer-promql';

export interface ReadQuery {
  /** Where it does not parse, as the text that follows. */
  errors: string[];
  /** Names of metrics that it asks for. */
  metrics: string[];
}

export function readPromQL(expr: string): ReadQuery {
  const text = withoutVariables(expr);
  return { errors: errorsOf(text, promql.parse(text)), metrics: metricsOf(text) };
}

export function readLogQL(expr: string): string[] {
  const text = withoutVariables(expr);
  return errorsOf(text, logql.parse(text));
}

/** As Grafana fills them in; the parsers know nothing of them. */
function withoutVariables(expr: string): string {
  return expr.replace(/\$__(rate_interval|interval|range|auto)/g, '1m').replace(/\$\{?\w+(:\w+)?\}?/g, '.+');
}

function errorsOf(text: string, tree: Tree): string[] {
  const errors: string[] = [];
  tree.iterate({
    enter({ type, from }) {
      if (type.isError) errors.push(text.slice(from, from + 40));
    },
  });
  return errors;
}

function metricsOf(text: string): string[] {
  const names: string[] = [];
  promql.parse(text).iterate({
    enter({ node }) {
      if (node.name === 'VectorSelector') {
        const name = node.getChild('Identifier');
        if (name) names.push(text.slice(name.from, name.to));
      }
    },
  });
  return names;
}
