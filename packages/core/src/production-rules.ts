import { isIPv4 } from 'node:net';

// What is fine on a laptop and must not run in production. Each rule answers why not, or undefined.

/** For `inProduction` of a secret: long enough, and not one that stands in an example. */
export function weakSecret(secret: string): string | undefined {
  const bytes = Buffer.byteLength(secret);
  if (bytes < MIN_SECRET_BYTES) {
    return `is too short: ${bytes} bytes of at least ${MIN_SECRET_BYTES} – make one with \`openssl rand -base64 48\``;
  }
  if (EXAMPLE.test(secret) || new Set(secret).size < MIN_DISTINCT) {
    return 'looks like an example – make one with `openssl rand -base64 48`';
  }
  return undefined;
}

const MIN_SECRET_BYTES = 32;
const MIN_DISTINCT = 10;
/** Words of six letters and more: a random base64 text of 64 characters has one once in a billion. */
const EXAMPLE = /change|example|secret|password|placeholder|insert|replace|cloudtask|development|0123456789|abcdefgh/i;

/** For `inProduction` of the URL of a server: a password of its own, and TLS unless the way there is trusted. */
export function unsafeServer(url: string, plaintextHosts: readonly string[]): string | undefined {
  const server = URL.parse(url);
  if (!server || server.host === '') return undefined;
  const isRedis = server.protocol.startsWith('redis');
  if (server.username === 'guest' && server.password === 'guest')
    return 'uses the well-known user guest with its password';
  if (server.password === '' && !server.searchParams.has('sslcert')) {
    return `has no password: ${isRedis ? 'Redis would obey' : 'the server would trust'} whoever reaches it`;
  }
  const host = server.hostname.replace(/^\[|\]$/g, '');
  if (isEncrypted(server) || isLocal(host) || plaintextHosts.includes(host)) return undefined;
  return `goes to ${host} without TLS: use ${encrypted(server)}, or name ${host} in CLOUDTASK_PLAINTEXT_HOSTS if the network between is yours`;
}

function isEncrypted({ protocol, searchParams }: URL): boolean {
  if (protocol === 'amqps:' || protocol === 'rediss:') return true;
  return /^(require|verify-ca|verify-full)$/.test(searchParams.get('sslmode') ?? '');
}

function encrypted({ protocol }: URL): string {
  return protocol.startsWith('postgres') ? '?sslmode=verify-full' : `${protocol.slice(0, -1)}s://`;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
