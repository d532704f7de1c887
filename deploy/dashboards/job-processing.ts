import {
  type Dashboard,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, graph, logs, number } from './panels.ts';

const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const quantile = (q: number, by: string, bucket: string) =>
  `histogram_quantile(${q}, sum by (${by}) (${rate(bucket)}))`;

/** Are jobs done, and how long do they wait? */
export function jobProcessing(): Dashboard {
  return dashboard(
    'Job Processing',
    'job-processing',
    'What jobs come in, wait, run and end; with the logs of all that takes part.',
  )
    .withVariable(containers())
    .link(
      new DashboardLinkBuilder('Traces')
        .type(DashboardLinkType.Link)
        .tooltip('Search traces by service; needs the stack with traces')
        .url(TRACES)
        .targetBlank(true),
    )
    .withRow(new RowBuilder('Is work done?'))
    .withPanel(
      number(
        {
          title: 'Jobs finished',
          describe: 'COMPLETED, FAILED or CANCELLED by their attempts, per second.',
          unit: 'ops',
        },
        `sum(${rate('processor_status_updates_total{status=~"COMPLETED|FAILED|CANCELLED"}')})`,
      ),
    )
    .withPanel(
      number(
        {
          title: 'Attempts that fail',
          describe: 'Share of attempts that failed or were lost. CloudTaskAttemptsFail fires above 20 % of a type.',
          unit: 'percentunit',
        },
        `(sum(${rate('worker_jobs_processed_total{status=~"failed|lost"}')}) or vector(0)) / sum(${rate('worker_jobs_processed_total')})`,
      ),
    )
    .withPanel(
      number(
        {
          title: 'Oldest waiting job',
          describe: 'How long the oldest due job of any queue has not been offered to a worker.',
          unit: 's',
        },
        'max(cloudtask_queue_oldest_job_age_seconds)',
      ),
    )
    .withPanel(
      number(
        {
          title: 'Since the scheduler’s last round',
          describe:
            'Of the duty that is latest. One a minute is the slowest; CloudTaskSchedulerStalled fires above 2 min.',
          unit: 's',
        },
        'time() - min(max by (duty) (cloudtask_scheduler_last_tick_timestamp_seconds))',
      ),
    )
    .withRow(new RowBuilder('What comes in, and what comes out?'))
    .withPanel(
      graph(
        {
          title: 'Jobs submitted by type',
          describe: 'Accepted jobs, those of schedules too. Types that no worker registered count as other.',
          unit: 'ops',
        },
        { '{{type}}': `sum by (type) (${rate('jobs_created_total')})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Changes of status',
          describe:
            'As the results-processor saw them: RUNNING is an attempt that began, RETRYING one that failed and will be repeated. ' +
            'What workers settle themselves while it is away is not counted.',
          unit: 'ops',
        },
        { '{{status}}': `sum by (status) (${rate('processor_status_updates_total')})` },
      ),
    )
    .withRow(new RowBuilder('Does anything wait?'))
    .withPanel(
      graph(
        {
          title: 'Time in the queue',
          describe: 'From when an attempt was due to its claim by a worker.',
          unit: 's',
        },
        {
          p50: quantile(0.5, 'le', 'cloudtask_job_queue_wait_seconds_bucket'),
          p95: quantile(0.95, 'le', 'cloudtask_job_queue_wait_seconds_bucket'),
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Time in the queue by type, p95',
          describe: 'A type that waits longer than the others has too few slots, or a queue of its own would help it.',
          unit: 's',
        },
        { '{{type}}': quantile(0.95, 'le, type', 'cloudtask_job_queue_wait_seconds_bucket') },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Oldest waiting job by queue',
          describe: '0 when nothing waits. It grows by a second per second while nobody takes anything from a queue.',
          unit: 's',
        },
        { '{{queue}}': 'max by (queue) (cloudtask_queue_oldest_job_age_seconds)' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Waiting jobs by queue',
          describe: 'Due jobs whose hint has not been published. At most 100,000 are counted in a queue.',
          unit: 'short',
        },
        { '{{queue}}': 'max by (queue) (cloudtask_queue_waiting_jobs)' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Jobs that have not ended',
          describe: 'By status. SCHEDULED and RETRYING wait for their time: counted among the next 10,000.',
          unit: 'short',
        },
        { '{{status}}': 'max by (status) (cloudtask_jobs)' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Live workers by queue',
          describe: 'Workers that would take a job of the queue. 0 beside waiting jobs: CloudTaskNoWorker fires.',
          unit: 'short',
        },
        { '{{queue}}': 'max by (queue) (cloudtask_workers)' },
      ),
    )
    .withRow(new RowBuilder('How do attempts end?'))
    .withPanel(
      graph(
        {
          title: 'Duration by type, p95',
          describe:
            'From the start of a handler to the end of its attempt. A dot leads to its trace, where there are traces.',
          unit: 's',
        },
        { '{{type}}': quantile(0.95, 'le, type', 'worker_job_duration_seconds_bucket') },
        { exemplars: true },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Attempts by outcome',
          describe:
            'failed: the handler threw or ran out of time · interrupted: the worker stopped · lost: it belonged to another worker by then.',
          unit: 'ops',
        },
        { '{{status}}': `sum by (status) (${rate('worker_jobs_processed_total')})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Attempts that fail by type',
          describe: 'Attempts per second that failed or were lost. GET /failures says why.',
          unit: 'ops',
        },
        { '{{type}}': `sum by (type) (${rate('worker_jobs_processed_total{status=~"failed|lost"}')})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Attempts of dead workers, and late outcomes',
          describe:
            'taken back: attempts whose worker died, they run again · stale: outcomes that changed nothing, repeated or of an attempt that was not the owner any more.',
          unit: 'ops',
        },
        {
          'taken back': `sum(${rate('cloudtask_lost_leases_total')})`,
          stale: `sum(${rate('cloudtask_stale_outcomes_total')})`,
        },
      ),
    )
    .withRow(new RowBuilder('Are there enough workers?'))
    .withPanel(
      graph(
        {
          title: 'Slots',
          describe: 'in use: jobs that run now. Both lines together while jobs wait: more slots, or more workers.',
          unit: 'short',
        },
        { 'in use': 'sum(cloudtask_jobs_in_progress)', slots: 'sum(cloudtask_worker_slots)' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Hints that led to no attempt',
          describe: 'surplus: somebody else had the job · given back: no free slot, or no handler for the type.',
          unit: 'ops',
        },
        {
          surplus: `sum(${rate('cloudtask_surplus_hints_total')})`,
          'given back: {{why}}': `sum by (why) (${rate('cloudtask_released_hints_total')})`,
        },
      ),
    )
    .withRow(new RowBuilder('Does the scheduler do its duties?'))
    .withPanel(
      graph(
        {
          title: 'Slots of schedules',
          describe:
            'fired: made a job · overlap: the job before it had not ended · missed: too late · refused: the job was not accepted.',
          unit: 'ops',
        },
        { '{{outcome}}': `sum by (outcome) (${rate('cloudtask_schedule_slots_total')})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Since the last round of each duty',
          describe: 'Of the scheduler that did it last. The slowest duties come once a minute.',
          unit: 's',
        },
        { '{{duty}}': 'time() - max by (duty) (cloudtask_scheduler_last_tick_timestamp_seconds)' },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Rounds that failed',
          describe: 'Rounds of a duty that ended with an error, per second.',
          unit: 'ops',
        },
        { '{{duty}}': `sum by (duty) (${rate('cloudtask_scheduler_failures_total')})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Time to store outcomes, p95',
          describe: 'Of one batch, by the results-processor.',
          unit: 's',
        },
        { p95: quantile(0.95, 'le', 'processor_db_update_duration_seconds_bucket') },
      ),
    )
    .withRow(new RowBuilder('What do the logs say?'))
    .withPanel(
      logs(
        {
          title: 'Logs',
          describe:
            'Choose containers above. A line of a job has jobId, attempt and traceId among its details: `| jobId="…"` finds the others.',
        },
        `{container=~"$container", ${OF_CLOUDTASK}}`,
      ),
    )
    .build();
}

function containers(): QueryVariableBuilder {
  return new QueryVariableBuilder('container')
    .label('Container')
    .datasource({ type: 'loki', uid: 'loki' })
    .query({ refId: 'containers', type: LABEL_VALUES, label: 'container', stream: `{${OF_CLOUDTASK}}` } as never)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.+');
}

/** By the names of services in the compose file: the project may be called anything, and others may run on the same host. */
const OF_CLOUDTASK = 'service=~"job-service|worker|results-processor|scheduler|migrate|postgres|redis|rabbitmq"';

/** What the Loki data source calls a question for the values of a label. */
const LABEL_VALUES = 1;

const TRACES = `/explore?schemaVersion=1&panes=${encodeURIComponent(
  JSON.stringify({
    traces: {
      datasource: 'tempo',
      queries: [{ refId: 'A', datasource: { type: 'tempo', uid: 'tempo' }, queryType: 'traceqlSearch', limit: 20 }],
      range: { from: 'now-1h', to: 'now' },
    },
  }),
)}`;
