import {
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as LogsBuilder } from '@grafana/grafana-foundation-sdk/logs';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** By the uids that provisioning gives them. */
const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
const LOKI = { type: 'loki', uid: 'loki' };

export interface PanelText {
  title: string;
  /** What it shows, and what to think of it. */
  describe: string;
}

export interface Numbers extends PanelText {
  /** A unit of Grafana's: `s`, `reqps`, `ops`, `percentunit`, `short`. */
  unit: string;
}

/** Legend by query. */
export type Queries = Readonly<Record<string, string>>;

/** A graph over time, half a row wide. Dots on it lead to traces, where the metric has exemplars. */
export function graph(
  { title, describe, unit }: Numbers,
  queries: Queries,
  { exemplars = false } = {},
): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder()
    .title(title)
    .description(describe)
    .unit(unit)
    .datasource(PROMETHEUS)
    .span(12)
    .height(8)
    .min(0)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  for (const [index, [legend, expr]] of Object.entries(queries).entries()) {
    panel.withTarget(
      new PrometheusQuery()
        .refId(refId(index))
        .expr(expr)
        .legendFormat(legend)
        .exemplar(exemplars)
        .datasource(PROMETHEUS),
    );
  }
  return panel;
}

/** One number as it is now, a quarter of a row wide. */
export function number({ title, describe, unit }: Numbers, expr: string): StatBuilder {
  return new StatBuilder()
    .title(title)
    .description(describe)
    .unit(unit)
    .datasource(PROMETHEUS)
    .span(6)
    .height(4)
    .withTarget(new PrometheusQuery().refId('A').instant().expr(expr).datasource(PROMETHEUS));
}

/** Lines of logs, a row wide. */
export function logs({ title, describe }: PanelText, expr: string): LogsBuilder {
  return new LogsBuilder()
    .title(title)
    .description(describe)
    .datasource(LOKI)
    .span(24)
    .height(10)
    .showTime(true)
    .wrapLogMessage(true)
    .enableLogDetails(true)
    .withTarget(new LokiQuery().refId('A').expr(expr).datasource(LOKI));
}

/** What all dashboards have in common. `uid` is the name of the file too. */
export function dashboard(title: string, uid: string, describe: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(describe)
    .tags(['cloudtask'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .link(
      new DashboardLinkBuilder('CloudTask')
        .type(DashboardLinkType.Dashboards)
        .tags(['cloudtask'])
        .asDropdown(false)
        .keepTime(true),
    );
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
