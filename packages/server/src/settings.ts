import type { Setting, Settings, Values } from '@cloudtask/core/config';
import { weakSecret } from '@cloudtask/core/production-rules';
import { durationFrom, flag, integer, list, text } from '@cloudtask/core/settings-parsers';
import { priorityAgeing } from '@cloudtask/core/submission/priority-ageing';

/** Signs tokens where nobody set a secret. Everybody knows it, so production refuses it. */
export const DEVELOPMENT_SECRET = 'cloudtask-development-secret-do-not-use-in-production';

export const jwtSecret = {
  env: 'CLOUDTASK_JWT_SECRET',
  describe: 'Signs access tokens; the same for all replicas, at least 32 random bytes.',
  parse: text,
  default: DEVELOPMENT_SECRET,
  secret: true,
  inProduction: weakSecret,
} satisfies Setting<string>;

/** What the scheduler has beside the shared settings. */
export const schedulerSettings = {
  priorityAgeing,
  retention: {
    env: 'CLOUDTASK_RETENTION',
    flag: 'retention',
    describe: 'How long jobs are kept after they completed, were cancelled or expired.',
    // Not shorter than idempotency keys live: the same key would run a removed job again.
    parse: durationFrom({ min: '1d', max: '3660d' }),
    default: '7d',
  },
  retentionFailed: {
    env: 'CLOUDTASK_RETENTION_FAILED',
    flag: 'retention-failed',
    describe: 'How long jobs are kept after they failed.',
    parse: durationFrom({ min: '1d', max: '3660d' }),
    default: '30d',
  },
} satisfies Settings;

/** The settings of a scheduler as it wants them. */
export function schedulerOptions({ priorityAgeing, retention, retentionFailed }: Values<typeof schedulerSettings>) {
  return { ageingMs: priorityAgeing, retention: { finishedMs: retention, failedMs: retentionFailed } };
}

/** What the job-service has beside the shared settings. */
export const jobServiceSettings = {
  port: {
    env: 'CLOUDTASK_PORT',
    flag: 'port',
    describe: 'The port of the API; 0 takes a free one.',
    parse: integer({ min: 0, max: 65_535 }),
    default: '8080',
  },
  host: {
    env: 'CLOUDTASK_HOST',
    flag: 'host',
    describe: 'The address on which the API is served; 127.0.0.1 shows it to this machine only.',
    parse: text,
    default: '0.0.0.0',
  },
  jwtSecret,
  jwtPreviousSecret: {
    env: 'CLOUDTASK_JWT_PREVIOUS_SECRET',
    describe: 'The secret before this one: its tokens are still good until they expire.',
    parse: text,
    optional: true,
    secret: true,
    inProduction: weakSecret,
  },
  accessTokenLifetime: {
    env: 'CLOUDTASK_ACCESS_TOKEN_LIFETIME',
    flag: 'access-token-lifetime',
    describe: 'How long an access token is good.',
    parse: durationFrom({ min: '1s', max: '30d' }),
    default: '1h',
  },
  refreshTokenLifetime: {
    env: 'CLOUDTASK_REFRESH_TOKEN_LIFETIME',
    flag: 'refresh-token-lifetime',
    describe: 'How long a session can be kept up without the password.',
    parse: durationFrom({ min: '1m', max: '366d' }),
    default: '30d',
  },
  passwordPepper: {
    env: 'CLOUDTASK_PASSWORD_PEPPER',
    describe:
      'Key of the hash that goes before bcrypt; without it stolen hashes cannot be guessed. Losing it locks all accounts.',
    parse: text,
    optional: true,
    secret: true,
    inProduction: weakSecret,
  },
  bcryptCost: {
    env: 'CLOUDTASK_BCRYPT_COST',
    flag: 'bcrypt-cost',
    describe: 'Cost of a password hash; each step doubles it. Older hashes are renewed at the next login.',
    parse: integer({ min: 4, max: 18 }),
    default: '12',
    inProduction: (cost: number) => (cost < 12 ? 'is too cheap: at least 12' : undefined),
  },
  operators: {
    env: 'CLOUDTASK_OPERATORS',
    flag: 'operators',
    describe: 'E-mail addresses of accounts that are operators. Register them first: addresses are not verified.',
    parse: list,
    default: '',
  },
  corsOrigins: {
    env: 'CLOUDTASK_CORS_ORIGINS',
    flag: 'cors-origins',
    describe: 'Origins of web pages that may call the API, exactly as browsers send them; none by default.',
    parse: list,
    default: '',
  },
  trustProxy: {
    env: 'CLOUDTASK_TRUST_PROXY',
    flag: 'trust-proxy',
    describe: 'Addresses or networks of proxies whose X-Forwarded-For is believed; none by default.',
    parse: list,
    default: '',
  },
  strictTypes: {
    env: 'CLOUDTASK_STRICT_TYPES',
    flag: 'strict-types',
    describe: 'Refuse jobs of types that no live worker handles, instead of letting them wait.',
    parse: flag,
    default: 'false',
  },
  priorityAgeing,
  docs: {
    env: 'CLOUDTASK_DOCS',
    flag: 'docs',
    describe: 'Serve the reference page of the API at /docs.',
    parse: flag,
    default: 'true',
  },
} satisfies Settings;
