import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, graph, number } from './panels.ts';

const OURS = 'queue=~".*jobs[.].*"';

/** Do PostgreSQL, RabbitMQ and Redis carry what CloudTask asks of them? */
export function stores(): Dashboard {
  return dashboard('Stores', 'stores', 'PostgreSQL, RabbitMQ and Redis as CloudTask uses them.')
    .withRow(new RowBuilder('Do the services reach their stores?'))
    .withPanel(
      number(
        {
          title: 'PostgreSQL',
          describe: 'Instances that do not reach it. Without it nothing is accepted.',
          unit: 'short',
        },
        'sum(1 - cloudtask_database_up)',
      ),
    )
    .withPanel(
      number(
        {
          title: 'RabbitMQ',
          describe: 'Instances that do not reach it. Jobs are accepted all the same and wait.',
          unit: 'short',
        },
        'sum(1 - cloudtask_broker_up)',
      ),
    )
    .withPanel(
      number(
        {
          title: 'Redis',
          describe: 'Instances that do not reach it. Live events and cancels come seconds late.',
          unit: 'short',
        },
        'sum(1 - cloudtask_signals_up)',
      ),
    )
    .withPanel(
      number(
        {
          title: 'Versions',
          describe: 'Versions of CloudTask that run side by side; 1 but for the time of an upgrade.',
          unit: 'short',
        },
        'count(count by (version) (cloudtask_build_info))',
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Reached by all instances of a service',
          describe: '1: all reach it, 0: at least one does not.',
          unit: 'short',
        },
        {
          'PostgreSQL {{job}}': 'min by (job) (cloudtask_database_up)',
          'RabbitMQ {{job}}': 'min by (job) (cloudtask_broker_up)',
          'Redis {{job}}': 'min by (job) (cloudtask_signals_up)',
        },
      ),
    )
    .withRow(new RowBuilder('What is in RabbitMQ?'))
    .withPanel(
      graph(
        {
          title: 'Messages ready by queue',
          describe:
            'A message carries up to some hundred hints or reports. The backlog itself waits in PostgreSQL, so this stays short.',
          unit: 'short',
        },
        { '{{queue}}': `max by (queue) (rabbitmq_detailed_queue_messages_ready{${OURS}})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Messages held by consumers',
          describe: 'Delivered and not settled yet.',
          unit: 'short',
        },
        { '{{queue}}': `max by (queue) (rabbitmq_detailed_queue_messages_unacked{${OURS}})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Consumers by queue',
          describe: '0 beside messages that are ready: nobody takes them. jobs.quarantine has none on purpose.',
          unit: 'short',
        },
        { '{{queue}}': `max by (queue) (rabbitmq_detailed_queue_consumers{${OURS}})` },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Messages put aside',
          describe:
            'Messages that nobody could read go into jobs.quarantine; nacks went back because not even that took them.',
          unit: 'ops',
        },
        {
          '{{queue}}': 'sum by (queue) (rate(cloudtask_quarantined_messages_total[$__rate_interval]))',
          nacks: 'sum(rate(processor_nack_total[$__rate_interval]))',
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Memory and disk of RabbitMQ',
          describe: 'Memory in use, and what is free on its disk. When an alarm is on, it takes no messages.',
          unit: 'bytes',
        },
        {
          'memory in use': 'sum(rabbitmq_process_resident_memory_bytes)',
          'disk free': 'min(rabbitmq_disk_space_available_bytes)',
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Alarms of RabbitMQ',
          describe: '1: on. Then RabbitMQ takes no messages, and CloudTaskBrokerAlarm fires.',
          unit: 'short',
        },
        {
          memory: 'max(rabbitmq_alarms_memory_used_watermark)',
          disk: 'max(rabbitmq_alarms_free_disk_space_watermark)',
        },
      ),
    )
    .withRow(new RowBuilder('How fast is PostgreSQL for us?'))
    .withPanel(
      graph(
        {
          title: 'Time to accept jobs',
          describe: 'From reading a submit request to its commit.',
          unit: 's',
        },
        {
          p50: 'histogram_quantile(0.5, sum by (le) (rate(jobs_created_seconds_bucket[$__rate_interval])))',
          p95: 'histogram_quantile(0.95, sum by (le) (rate(jobs_created_seconds_bucket[$__rate_interval])))',
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Time to store outcomes',
          describe: 'Of one batch, by the results-processor.',
          unit: 's',
        },
        {
          p50: 'histogram_quantile(0.5, sum by (le) (rate(processor_db_update_duration_seconds_bucket[$__rate_interval])))',
          p95: 'histogram_quantile(0.95, sum by (le) (rate(processor_db_update_duration_seconds_bucket[$__rate_interval])))',
        },
      ),
    )
    .withPanel(
      graph(
        {
          title: 'Due jobs not yet offered',
          describe: 'The outbox: due jobs whose hint has not been published. At most 100,000 are counted in a queue.',
          unit: 'short',
        },
        { jobs: 'max(cloudtask_unhinted_jobs)' },
      ),
    )
    .build();
}
