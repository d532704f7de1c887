import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { FatalError } from '@cloudtask/sdk/handler-errors';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { Type } from 'typebox';
import { payloadSchema } from '../compile-json-schema.ts';

export interface EmailOptions {
  /** `smtp://user:password@host:587`; without it mails are written into the folder. */
  smtpUrl?: string | undefined;
  folder: string;
  /** The sender of mails that name none. */
  from: string;
}

const address = Type.String({ minLength: 3, maxLength: 320, pattern: '^[^\\s@]+@[^\\s@]+$' });
// A display name around the address, on one line.
const sender = Type.String({ minLength: 3, maxLength: 500, pattern: '^[^\\r\\n]*@[^\\r\\n]*$' });
const line = Type.String({ maxLength: 998, pattern: '^[^\\r\\n]*$' });
const body = Type.String({ maxLength: 200_000 });

/** Sends a mail by SMTP, or writes it as an `.eml` file where no server is set. */
export function emailHandler(options: EmailOptions): Handler {
  const { smtpUrl, folder } = options;
  const deliver = smtpUrl === undefined ? (mail: Mail) => writeMail(mail, folder) : smtpDelivery(smtpUrl);
  return defineHandler({
    type: 'email',
    description: 'Sends a mail.',
    payload: payloadSchema(
      Type.Object(
        {
          to: Type.Union([address, Type.Array(address, { minItems: 1, maxItems: 50 })]),
          subject: line,
          text: Type.Optional(body),
          html: Type.Optional(body),
          from: Type.Optional(sender),
        },
        { additionalProperties: false },
      ),
    ),
    async run({ to, subject, text, html, from = options.from }, { job, signal }) {
      signal.throwIfAborted();
      // By the id of the job: a mail that goes out a second time, after a crash, can be told for the same one.
      const messageId = `<${job.id}@cloudtask>`;
      const content = { text: text ?? (html === undefined ? '' : undefined), html };
      return await deliver({
        jobId: job.id,
        message: { to, from, subject, messageId, ...content, ...NO_ATTACHED_SOURCES },
      });
    },
  });
}

interface Mail {
  jobId: string;
  message: SendMailOptions & { messageId: string };
}

// Texts are texts: nothing in a mail may name a file or a URL to read from.
const NO_ATTACHED_SOURCES = { disableFileAccess: true, disableUrlAccess: true };

async function writeMail({ jobId, message }: Mail, folder: string) {
  const transport = createTransport({ streamTransport: true, buffer: true });
  const written = await transport.sendMail(message);
  const file = join(folder, `${jobId}.eml`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, written.message as Buffer, { mode: 0o600 });
  return { messageId: message.messageId, file };
}

function smtpDelivery(smtpUrl: string) {
  const transport = createTransport({ url: smtpUrl, ...TIMEOUTS });
  return async ({ message }: Mail) => {
    try {
      const sent = await transport.sendMail(message);
      return { messageId: message.messageId, accepted: sent.accepted };
    } catch (error) {
      throw isPermanent(error) ? new FatalError(error.message, { code: 'MAIL_REFUSED', cause: error }) : error;
    }
  };
}

// Where the URL does not say otherwise. A server that hangs must not hold a slot for the whole timeout of the job.
const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** A server that says 5xx to the recipient or the message will say so again; to our login, perhaps not. */
function isPermanent(error: unknown): error is Error {
  if (!(error instanceof Error) || !('responseCode' in error) || typeof error.responseCode !== 'number') return false;
  return error.responseCode >= 500 && 'code' in error && (error.code === 'EENVELOPE' || error.code === 'EMESSAGE');
}
