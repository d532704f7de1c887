import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Handler, HandlerContext } from '@cloudtask/sdk/define-handler';
import type { Schema } from '@cloudtask/sdk/schema';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { checkPayload } from '../src/check-with-schema.ts';
import { emailHandler } from '../src/handlers/email.ts';
import { httpHandler } from '../src/handlers/http.ts';
import { isPublicAddress } from '../src/handlers/public-addresses.ts';
import { sleepHandler } from '../src/handlers/sleep.ts';

const stop = new AbortController();
const context = {
  job: { id: '01890000-0000-7000-8000-000000000001' },
  signal: stop.signal,
  sleep: async () => {},
} as unknown as HandlerContext;

async function run(handler: Handler, payload: unknown): Promise<unknown> {
  const checked = await checkPayload(handler.job.payload as Schema, payload);
  return await handler.run(checked as never, context);
}

describe('the email handler', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudtask-mail-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes a mail as a file when no server is set, with a Message-ID made of the job id', async () => {
    const mail = join(folder, 'mail');
    const handler = emailHandler({ folder: mail, from: 'CloudTask <cloudtask@localhost>' });
    const result = (await run(handler, { to: 'ada@example.com', subject: 'Hellö' })) as {
      messageId: string;
      file: string;
    };
    expect(result).toEqual({ messageId: `<${context.job.id}@cloudtask>`, file: join(mail, `${context.job.id}.eml`) });
    const text = await readFile(result.file, 'utf8');
    expect(text).toContain('To: ada@example.com');
    expect(text).toContain('From: CloudTask <cloudtask@localhost>');
    expect(text).toContain(`Message-ID: ${result.messageId}`);
    expect((await stat(result.file)).mode & 0o077).toBe(0);
  });

  it('sends it to the server that is set', async () => {
    const smtp = await startSmtp();
    const handler = emailHandler({ smtpUrl: smtp.url, folder, from: 'a@b.c' });
    const result = await run(handler, { to: ['ada@example.com'], subject: 'Hi', text: 'there' });
    expect(result).toMatchObject({ accepted: ['ada@example.com'] });
    expect(smtp.received.join('')).toContain('Subject: Hi');
    await expect(run(handler, { to: 'refused@example.com', subject: 'Hi' })).rejects.toMatchObject({
      name: 'FatalError',
      code: 'MAIL_REFUSED',
    });
    smtp.close();
  });

  it.each([
    [{ subject: 'x' }],
    [{ to: 'nobody', subject: 'x' }],
    [{ to: 'a@b.c\r\nBcc: d@e.f', subject: 'x' }],
    [{ to: 'a@b.c', subject: 'x\r\nBcc: d@e.f' }],
    [{ to: 'a@b.c', subject: 'x', text: { path: '/etc/passwd' } }],
    [{ to: 'a@b.c', subject: 'x', attachments: [{ path: '/etc/passwd' }] }],
    [null],
  ])('refuses %j', async (payload) => {
    await expect(run(emailHandler({ folder, from: 'a@b.c' }), payload)).rejects.toThrow('the payload is refused');
  });
});

describe('the sleep handler', () => {
  it('sleeps', async () => {
    expect(await run(sleepHandler, { seconds: 2 })).toEqual({ slept: 2 });
  });
  it('is over at once after 0 seconds: cloudtask doctor sends such a job', async () => {
    expect(await run(sleepHandler, { seconds: 0 })).toEqual({ slept: 0 });
  });
  it.each([[{ seconds: -1 }], [{ seconds: 301 }], [{ seconds: '5' }], [{}]])('refuses %j', async (payload) => {
    await expect(run(sleepHandler, payload)).rejects.toThrow('the payload is refused');
  });
});

describe('the http handler', () => {
  let server: Server;
  let port: number;
  let answer: RequestListener;
  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const open = () => httpHandler({ ports: [port], isAllowed: (address) => address === '127.0.0.1' });

  it('calls a URL', async () => {
    answer = (request, response) => response.end(`${request.method} ${request.headers['x-a']} ${request.headers.host}`);
    const payload = {
      url: `http://127.0.0.1:${port}/`,
      method: 'POST',
      headers: { 'X-A': '1', Host: 'evil' },
      body: '{}',
    };
    expect(await run(open(), payload)).toEqual({ status: 200, body: `POST 1 127.0.0.1:${port}` });
  });

  it('follows no redirect', async () => {
    answer = (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    await expect(run(open(), { url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      name: 'FatalError',
      code: 'HTTP_302',
    });
  });

  it('waits as long as a busy server asks', async () => {
    answer = (_, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    await expect(run(open(), { url: `http://127.0.0.1:${port}/` })).rejects.toMatchObject({
      name: 'RetryLater',
      delayMs: 7_000,
    });
  });

  it('stops reading an answer that is too large', async () => {
    answer = (_, response) => response.end('x'.repeat(3_000_000));
    await expect(run(open(), { url: `http://127.0.0.1:${port}/` })).rejects.toThrow();
  });

  it('checks the address that it connects to, whatever the name resolves to', async () => {
    let called = false;
    answer = (_, response) => {
      called = true;
      response.end();
    };
    const lookup = ((_host: string, _options: object, done: (error: null, addresses: object[]) => void) =>
      done(null, [
        { address: '93.184.215.14', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ])) as never;
    const handler = httpHandler({ ports: [port], lookup });
    await expect(run(handler, { url: `http://rebind.example:${port}/` })).rejects.toMatchObject({
      code: 'URL_REFUSED',
    });
    expect(called).toBe(false);
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[ff02::1]/',
    'http://169.254.169.254/latest/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://localhost/',
    'http://user:pass@8.8.8.8/',
    'http://8.8.8.8:22/',
    'https://8.8.8.8:8443/',
    'ftp://8.8.8.8/',
    'file:///etc/passwd',
    'gopher://8.8.8.8/',
    'javascript:alert(1)',
    'data:,x',
    'no url',
    'http://',
    '//8.8.8.8/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
  ])('refuses %s', async (url) => {
    await expect(run(httpHandler(), { url })).rejects.toMatchObject({ name: 'FatalError', code: 'URL_REFUSED' });
  });

  it('does not get to this machine by its name with a dot at the end', async () => {
    await expect(run(httpHandler(), { url: 'http://localhost./' })).rejects.toThrow();
  });

  it.each(['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

/** Just enough SMTP. */
async function startSmtp() {
  const received: string[] = [];
  const server = createTcpServer((socket) => {
    let isMessage = false;
    socket.write('220 test\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split(/\r\n/).slice(0, -1)) {
        if (isMessage) received.push(`${line}\n`);
        if (isMessage && line !== '.') continue;
        if (line === 'DATA') socket.write('354 go on\r\n');
        else if (line.includes('refused@')) socket.write('550 nobody here\r\n');
        else if (line === 'QUIT') socket.end('221 bye\r\n');
        else socket.write('250 ok\r\n');
        isMessage = line === 'DATA';
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, received, close: () => server.close() };
}
