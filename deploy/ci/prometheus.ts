export interface Series {
  labels: Record<string, string>;
  /** Of a moment, or of the last five minutes. */
  values: number[];
}

/** What Prometheus answers now; it throws what Prometheus says is wrong with the query. */
export async function query(url: string, promql: string): Promise<Series[]> {
  return (await ask(url, 'query', { query: promql })).map(({ metric, value }) => ({
    labels: metric,
    values: value ? [Number(value[1])] : [],
  }));
}

/** As a panel asks: over the last five minutes. */
export async function queryRange(url: string, promql: string): Promise<Series[]> {
  const end = Date.now() / 1000;
  const range = { start: String(end - 300), end: String(end), step: '15' };
  return (await ask(url, 'query_range', { query: promql, ...range })).map(({ metric, values = [] }) => ({
    labels: metric,
    values: values.map(([, value]) => Number(value)),
  }));
}

/** Some series with a number in it: a query over nothing, or nothing over nothing, shows an empty panel. */
export function hasData(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some((value) => !Number.isNaN(value)));
}

interface Answer {
  status: string;
  error?: string;
  data?: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
}

async function ask(
  url: string,
  path: string,
  parameters: Record<string, string>,
): Promise<NonNullable<Answer['data']>['result']> {
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const answer = (await response.json()) as Answer;
  if (!answer.data) throw new Error(`Prometheus refuses ${parameters['query']}: ${answer.error}`);
  return answer.data.result;
}

export interface Target {
  job: string;
  instance: string;
  health: string;
  lastError: string;
  labels: Record<string, string>;
}

export async function readTargets(url: string): Promise<Target[]> {
  const response = await fetch(`${url}/api/v1/targets?state=active`);
  const { data } = (await response.json()) as {
    data: { activeTargets: (Target & { labels: Record<string, string> })[] };
  };
  return data.activeTargets.map(({ labels, health, lastError }) => ({
    job: labels['job'] ?? '',
    instance: labels['instance'] ?? '',
    labels,
    health,
    lastError,
  }));
}
