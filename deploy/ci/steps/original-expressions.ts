import { eventually } from '../../../test/support/eventually.ts';
import { hasData, query } from '../prometheus.ts';
import type { Step } from '../step.ts';
import { movedSeries } from './moved-series.ts';

/** What the specification's own pages ask Prometheus, letter by letter. */
const expressions = [
  'rate(http_server_requests_seconds_count[5m])',
  'rate(jobs_created_total[5m])',
  'histogram_quantile(0.99, rate(worker_job_duration_seconds_bucket[5m]))',
  'rate(processor_status_updates_total[5m])',
  'rate(auth_logins_total[5m])',
  // A series that begins with the first failure shows that failure as no increase.
  'rate(rabbitmq_publish_total{outcome="failure"}[5m])',
];

export const originalExpressions: Step = {
  name: 'expressions of the specification have data',
  needs: [movedSeries],
  async run(run) {
    const { url } = run.resultOf(movedSeries);
    let empty = expressions;
    const allHaveData = async (): Promise<boolean> => {
      run.signal.throwIfAborted();
      const answers = await Promise.all(expressions.map((expression) => query(url, expression)));
      empty = expressions.filter((_, at) => !hasData(answers[at] ?? []));
      return empty.length === 0;
    };
    await eventually(allHaveData, { timeoutMs: 45_000, intervalMs: 1000, describe: () => ({ withoutData: empty }) });
  },
};
