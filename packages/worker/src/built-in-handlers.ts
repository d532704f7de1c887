import { join } from 'node:path';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { emailHandler } from './handlers/email.ts';
import { httpHandler } from './handlers/http.ts';
import { sleepHandler } from './handlers/sleep.ts';

export interface BuiltInOptions {
  smtpUrl?: string | undefined;
  mailFrom: string;
  dataDir: string;
  httpHandler: boolean;
}

export function builtInHandlers({ smtpUrl, mailFrom, dataDir, httpHandler: isHttpOn }: BuiltInOptions): Handler[] {
  const email = emailHandler({ smtpUrl, from: mailFrom, folder: join(dataDir, 'mail') });
  const handlers = [email, sleepHandler];
  return isHttpOn ? [...handlers, httpHandler()] : handlers;
}
