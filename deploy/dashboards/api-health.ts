import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, graph, number } from './panels.ts';

const COUNT = 'http_server_requests_seconds_count';
const BUCKET = 'http_server_requests_seconds_bucket';
/** Without probes and scrapes, which are most of a quiet API's requests. */
const ASKED = 'uri!~"/actuator.*"';
/** And without routes that take long on purpose: `GET /jobs/{id}?wait=25s`, and streams of events. */
const PROMPT = 'uri!~"/jobs/[{]id[}]|.*/events|/actuator.*"';

/** Does the API answer, and how fast? */
export function apiHealth(): Dashboard {
  return dashboard('API Health', 'api-health', 'Whether the job-service answers, how fast, and what it is asked.')
    .withRow(new RowBuilder('Is the API well?'))
    .withPanel(
      number(
        { title: 'Requests', describe: 'Answers of all instances and routes per second.', unit: 'reqps' },
        `sum(rate(${COUNT}{${ASKED}}[$__rate_interval]))`,
      ),
    )
    .withPanel(
      number(
        {
          title: 'Errors of the server',
          describe: 'Share of answers with a status of 500 or more. CloudTaskApiErrors fires above 5 %.',
          unit: 'percentunit',
        },
        `(sum(rate(${COUNT}{status=~"5..",${ASKED}}[$__rate_interval])) or vector(0)) / sum(rate(${COUNT}{${ASKED}}[$__rate_interval]))`,
      ),
    )
    .withPanel(
      number(
        {
          title: 'Latency, p95',
          describe: 'Nineteen of twenty requests are faster; without those that wait on purpose.',
          unit: 's',
        },
        `histogram_quantile(0.95, sum by (le) (rate(${BUCKET}{${PROMPT}}[$__rate_interval])))`,
      ),
    )
    .withPanel(
      number(
        { title: 'Instances', describe: 'Instances of the job-service that answer Prometheus.', unit: 'short' },
        'sum(up{job="job-service"})',
      ),
    )
    .withRow(new RowBuilder('What is asked, and what is answered?'))
    .withPanel(
      graph(
        { title: 'Requests by route', describe: 'uri is the route, never the raw path.', unit: 'reqps' },
        { '{{method}} {{uri}}': `sum by (method, uri) (rate(${COUNT}[$__rate_interval]))` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Requests by status',
          describe: '4xx are mistakes of clients, 429 is one of them asking too often, 5xx are ours.',
          unit: 'reqps',
        },
        { '{{status}}': `sum by (status) (rate(${COUNT}[$__rate_interval]))` },
      ),
    )
    .withPanel(
      graph(
        { title: 'Errors of the server by route', describe: 'Answers with a status of 500 or more.', unit: 'reqps' },
        {
          '{{method}} {{uri}} {{status}}': `sum by (method, uri, status) (rate(${COUNT}{status=~"5.."}[$__rate_interval]))`,
        },
      ),
    )
    .withRow(new RowBuilder('How long does it take?'))
    .withPanel(
      graph(
        {
          title: 'Latency',
          describe:
            'Of all routes that answer at once. A dot is one request; with traces switched on it leads to its trace.',
          unit: 's',
        },
        Object.fromEntries(
          ['0.5', '0.95', '0.99'].map((q) => [
            `p${Number(q) * 100}`,
            `histogram_quantile(${q}, sum by (le) (rate(${BUCKET}{${PROMPT}}[$__rate_interval])))`,
          ]),
        ),
        { exemplars: true },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Latency by route, p95',
          describe: 'GET /jobs/{id} may wait for its job for up to 25 s and streams stay open: that is no fault.',
          unit: 's',
        },
        {
          '{{method}} {{uri}}': `histogram_quantile(0.95, sum by (le, method, uri) (rate(${BUCKET}[$__rate_interval])))`,
        },
        { exemplars: true },
      ),
    )
    .withRow(new RowBuilder('Are jobs accepted?'))
    .withPanel(
      graph(
        {
          title: 'Jobs submitted by type',
          describe: 'Accepted jobs, those of schedules too. Types that no worker registered count as other.',
          unit: 'ops',
        },
        { '{{type}}': 'sum by (type) (rate(jobs_created_total[$__rate_interval]))' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Time to accept, p95',
          describe: 'From reading a submit request to its commit, by type.',
          unit: 's',
        },
        {
          '{{type}}':
            'histogram_quantile(0.95, sum by (le, type) (rate(jobs_created_seconds_bucket[$__rate_interval])))',
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Messages to the broker',
          describe: 'Hints and reports that RabbitMQ confirmed or did not. A failure costs time, never a job.',
          unit: 'ops',
        },
        {
          '{{application}} {{outcome}}':
            'sum by (application, outcome) (rate(rabbitmq_publish_total[$__rate_interval]))',
        },
      ),
    )
    .withRow(new RowBuilder('Who comes in?'))
    .withPanel(
      graph(
        {
          title: 'Logins',
          describe: 'Many failures beside few successes: somebody guesses passwords. They are slowed down per account.',
          unit: 'ops',
        },
        { '{{outcome}}': 'sum by (outcome) (rate(auth_logins_total[$__rate_interval]))' },
      ),
    )
    .withPanel(
      graph(
        { title: 'Accounts registered', describe: 'New accounts per second.', unit: 'ops' },
        { registered: 'sum(rate(auth_registrations_total[$__rate_interval]))' },
      ),
    )
    .build();
}
