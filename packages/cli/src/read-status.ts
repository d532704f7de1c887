import type { CloudTask, QueueInfo, RequestOptions, Stats } from '@cloudtask/sdk';
import { ifAllowed } from './if-allowed.ts';
import { allAnswers } from './requests/all-answers.ts';
import { componentName } from './views/component-name.ts';

export interface Attention {
  /** Stable, upper case. */
  code: string;
  message: string;
  /** The command that says more. */
  command: string | null;
}

/** One screen about a server. */
export interface Status {
  /** Null: the server was named by its address, or is `cloudtask dev`. */
  profile: string | null;
  url: string;
  user: { email: string; isOperator: boolean };
  health: 'UP' | 'DOWN';
  components: { id: string; ok: boolean }[];
  /** How long the answer of the health check took. */
  ms: number;
  /** Null for those who are no operators. */
  stats: Stats | null;
  failures: { causes: number; jobs: number; isExact: boolean };
  attention: Attention[];
}

/** More causes than this are not counted for one screen. */
const MAX_CAUSES = 100;
/** A queue whose oldest job waits longer is worth a look. */
const LONG_WAIT_S = 120;

export async function readStatus(ct: CloudTask, profile: string | null, options: RequestOptions = {}): Promise<Status> {
  const startedAt = performance.now();
  let ms = 0;
  const [health, user, stats, queues, causes] = await allAnswers([
    ct.health(options).then((answer) => {
      ms = Math.round(performance.now() - startedAt);
      return answer;
    }),
    ct.auth.me(options),
    ifAllowed(ct.stats(options)),
    ifAllowed(ct.queues.list(options).toArray({ limit: 1_000 })),
    ct.failures.list({ limit: MAX_CAUSES }, options).toArray({ limit: MAX_CAUSES }),
  ]);
  const components = Object.entries(health.components ?? {}).map(([id, { status }]) => ({ id, ok: status === 'UP' }));
  const jobs = causes.reduce((sum, { count }) => sum + count, 0);
  return {
    profile,
    url: ct.url,
    user: { email: user.email, isOperator: user.isOperator },
    health: health.status,
    components,
    ms,
    stats,
    failures: { causes: causes.length, jobs, isExact: causes.length < MAX_CAUSES },
    attention: [
      ...components
        .filter(({ ok }) => !ok)
        .map(({ id }) => needs('COMPONENT_DOWN', `${componentName(id)} cannot be reached`)),
      ...(stats?.workers.live === 0
        ? [needs('NO_WORKERS', 'no worker is running', 'cloudtask workers list --all')]
        : []),
      ...(queues ?? []).flatMap(queueAttention),
      ...(jobs > 0 ? [needs('FAILURES', failuresText(jobs, causes.length), 'cloudtask failures list')] : []),
    ],
  };
}

function queueAttention({ name, pause, waiting, workers, oldestWaitingSeconds: age }: QueueInfo): Attention[] {
  const show = `cloudtask queues show ${name}`;
  if (pause !== null) return [needs('QUEUE_PAUSED', `queue ${name} is paused, ${waiting} wait`, show)];
  if (waiting > 0 && workers === 0)
    return [needs('QUEUE_UNSERVED', `nobody works on queue ${name}, ${waiting} wait`, show)];
  if (age !== null && age > LONG_WAIT_S)
    return [needs('QUEUE_SLOW', `queue ${name}: the oldest job waits for ${age} s`, show)];
  return [];
}

function failuresText(jobs: number, causes: number): string {
  return `${jobs} failed ${jobs === 1 ? 'job' : 'jobs'} of yours, ${causes} ${causes === 1 ? 'cause' : 'causes'}`;
}

function needs(code: string, message: string, command: string | null = null): Attention {
  return { code, message, command };
}
