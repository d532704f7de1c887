import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeCompose, resolveFolder, type Stack } from './docker-compose.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'examples/production-compose/README.md'), 'utf8');
const settings = readFileSync(join(root, 'examples/production-compose/.env.example'), 'utf8');

describeCompose('examples/production-compose', () => {
  const clone = mkdtempSync(join(tmpdir(), 'cloudtask-production-'));
  afterAll(() => rmSync(clone, { recursive: true, force: true }));
  const { services } = asTheReadmeSays(clone);

  it('adds a proxy and a backup to the stack for production', () => {
    expect(Object.keys(services)).toEqual(expect.arrayContaining(['proxy', 'backup', 'job-service', 'prometheus']));
    expect(services['job-service']?.environment).toMatchObject({ CLOUDTASK_ENV: 'production' });
  });

  it('runs two workers with the handlers of the example', () => {
    expect(services['worker']?.deploy?.replicas).toBe(2);
    expect(services['worker']?.environment).toMatchObject({ CLOUDTASK_HANDLERS: '/app/handlers' });
    const handlers = services['worker']?.volumes?.find(({ target }) => target === '/app/handlers');
    expect(handlers?.source).toBe(join(clone, 'examples/production-compose/handlers'));
  });

  it('opens TLS to the world, and nothing else', () => {
    const open = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.filter(({ host_ip }) => host_ip !== '127.0.0.1').map(({ published }) => `${name} ${published}`),
    );
    expect(open).toEqual(['proxy 80', 'proxy 443', 'proxy 443']);
  });

  describe.each(['proxy', 'backup'])('%s', (name) => {
    it('is held to what holds for all services', () => {
      const service = services[name];
      expect(service).toMatchObject({ read_only: true, init: true, restart: 'unless-stopped', cap_drop: ['ALL'] });
      expect(service?.security_opt).toContain('no-new-privileges:true');
      expect(service?.image).toMatch(/^[\w./-]+:(?!latest$)[\w.-]+$/);
      expect(service?.logging?.driver).toBe('json-file');
      expect(service?.deploy?.resources?.limits?.pids).toBeGreaterThan(0);
      expect(service?.healthcheck?.test[0]).toMatch(/^CMD/);
    });
  });
});

describe('the page of examples/production-compose', () => {
  it('names each variable that its .env.example sets', () => {
    const names = Array.from(settings.matchAll(/^(\w+)=/gm), ([, name = '']) => name);
    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});

/** Into a clone, because the secrets of a developer are none of a test's business. */
function asTheReadmeSays(clone: string): Stack {
  const mine = (path: string) => !/\/(secrets|\.env|backups)$/.test(path);
  for (const folder of ['deploy/compose', 'examples/production-compose', 'scripts']) {
    cpSync(join(root, folder), join(clone, folder), { recursive: true, filter: mine });
  }
  execFileSync('sh', [join(clone, 'scripts/generate-secrets.sh')], { stdio: 'pipe' });
  const folder = join(clone, 'examples/production-compose');
  cpSync(join(folder, '.env.example'), join(folder, '.env'));
  return resolveFolder(folder);
}
