import type { CloudTaskError } from '@cloudtask/sdk';

interface Advice {
  why: string | null;
  tryThis: string | null;
}

/** What an error means for somebody at a terminal, and the command that helps. */
export function adviceFor({ code }: CloudTaskError): Advice {
  const [why = null, tryThis = null] = ADVICE[code] ?? [];
  return { why, tryThis };
}

const SIGN_IN = 'cloudtask login';
const LIST = 'cloudtask jobs list';

const ADVICE: Record<string, [why: string | null, tryThis?: string]> = {
  UNAUTHENTICATED: ['You are not signed in on this server.', SIGN_IN],
  INVALID_TOKEN: ['The token is not one of this server, or its secret has changed.', SIGN_IN],
  TOKEN_EXPIRED: ['The session is over.', SIGN_IN],
  TOKEN_REVOKED: ['The session was ended.', SIGN_IN],
  INVALID_REFRESH_TOKEN: ['The session is over, or was renewed somewhere else.', SIGN_IN],
  EMAIL_TAKEN: [null, SIGN_IN],
  JOB_NOT_FOUND: ['It does not exist, is older than its retention, or belongs to another account.', LIST],
  JOB_FINISHED: ['There is nothing left to cancel.', 'cloudtask jobs show @last'],
  JOB_COMPLETED: ['A completed job is not run again: submit a new one.'],
  JOB_NOT_FINISHED: ['Cancel it first, or wait for its end.', 'cloudtask jobs wait @last'],
  JOB_TYPE_UNKNOWN: ['No worker runs this type now.', 'cloudtask types list'],
  INVALID_PAYLOAD: [null, 'cloudtask types show TYPE   (what its payload must be)'],
  SCHEDULE_NOT_FOUND: ['Schedules are named by their name or id.', 'cloudtask schedules list'],
  SCHEDULE_EXISTS: [null, 'cloudtask schedules update NAME'],
  TOKEN_EXISTS: [null, 'cloudtask tokens list'],
  OPERATOR_REQUIRED: ['Whoever runs the server decides who is an operator: cloudtask docs OPERATOR_REQUIRED'],
  SESSION_REQUIRED: ['An API token may not do this.', SIGN_IN],
  AMBIGUOUS_REFERENCE: ['Several jobs end with it; use more of the id.', LIST],
  KEYRING_PACKAGE_MISSING: [null, 'npm install @napi-rs/keyring'],
  KEYRING_UNAVAILABLE: [
    'It is locked, or none runs here. Nothing was kept in a file in its place.',
    'cloudtask login --store file   (keeps the session in a file of yours)',
  ],
  CONNECTION_FAILED: [
    'The address is wrong (--url, CLOUDTASK_URL), or no server runs there.',
    'cloudtask dev   (starts one here)',
  ],
  NOT_CLOUDTASK: ['Something else answers at this address.', 'cloudtask login --url ADDRESS'],
  TIMEOUT: ['The server is there, and did not answer.'],
  DATABASE_UNAVAILABLE: ['The server runs, and its database does not answer. Nothing was accepted for certain.'],
  TOO_MANY_ATTEMPTS: ['Logins are slowed down after failures.'],
};
