import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const image = join(root, 'deploy', 'image');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

describe('the Dockerfile', () => {
  it('copies the manifest of every package, without which npm would not install', () => {
    const packages = globSync('packages/*/package.json', { cwd: root }).sort();
    const copied = [...dockerfile.matchAll(/^COPY (packages\/\w+\/package\.json) /gm)].map(([, file]) => file);
    expect(copied).toEqual(packages);
  });

  it('asks no registry for a frontend, and runs as nobody who owns the code', () => {
    expect(dockerfile).not.toMatch(/^# *syntax=/m);
    expect(dockerfile).toMatch(/^USER 1000:1000$/m);
    expect(dockerfile).not.toMatch(/COPY --chown/);
  });
});

describe('the entrypoint of the image', () => {
  it('has a program for each of its roles', () => {
    const roles = readFileSync(join(image, 'run-role.mjs'), 'utf8');
    const programs = [...roles.matchAll(/'(\w+)\/dist\/bin\/([\w-]+)\.js'/g)];
    expect(programs).toHaveLength(5);
    for (const [, folder, name] of programs) {
      expect(existsSync(join(root, 'packages', `${folder}`, 'src', 'bin', `${name}.ts`))).toBe(true);
    }
  });

  it('lists the roles', async () => {
    const { code, out } = await run('run-role.mjs');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('job-service, worker, results-processor, scheduler, migrate'),
    });
  });

  it.each(['sh', 'toString'])('refuses the role %s and names those that there are', async (role) => {
    const { code, err } = await run('run-role.mjs', role);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`there is no role "${role}".*job-service, worker`));
  });
});

describe('the probe of the image', () => {
  let status = 200;
  const server = createServer((_request, response) => response.writeHead(status).end('{"status":"…"}'));
  beforeEach(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  it.each([
    { status: 200, code: 0 },
    { status: 503, code: 1 },
  ])('ends with $code after a $status, and shows the answer', async (expected) => {
    status = expected.status;
    const { code, out } = await run('probe.mjs', address());
    expect({ code, out }).toEqual({ code: expected.code, out: `${status} {"status":"…"}\n` });
  });

  it('ends with 1 when nobody listens', async () => {
    const gone = address();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const { code, out } = await run('probe.mjs', gone);
    expect({ code, out }).toEqual({ code: 1, out: `${gone} does not answer: ECONNREFUSED\n` });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  function address(): string {
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
  }
});

function run(file: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(image, file), ...args], (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}
