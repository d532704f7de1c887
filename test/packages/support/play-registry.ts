import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Packument {
  name: string;
  versions: Record<string, { dist: { integrity: string; tarball: string } }>;
  'dist-tags': Record<string, string>;
}

/** An npm registry, as much of it as `npm view` and `npm publish` ask for. */
export async function playRegistry() {
  const packages = new Map<string, Packument>();
  const published: string[] = [];
  const refused = new Set<string>();

  async function take(name: string, request: IncomingMessage): Promise<boolean> {
    if (refused.has(name)) return false;
    const sent = (await json(request)) as Packument;
    const known = packages.get(name);
    packages.set(name, { ...sent, versions: { ...known?.versions, ...sent.versions } });
    published.push(...Object.keys(sent.versions).map((version) => `${name}@${version}`));
    return true;
  }

  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? '/', 'http://registry.invalid').pathname.slice(1));
    response.setHeader('content-type', 'application/json');
    if (request.method === 'PUT') {
      response.statusCode = (await take(name, request)) ? 201 : 403;
      response.end('{}');
      return;
    }
    const found = packages.get(name);
    response.statusCode = found ? 200 : 404;
    response.end(JSON.stringify(found ?? { error: 'not found' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `//127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    /** For npm; provenance needs a build service that vouches for it. */
    flags: [`--registry=http:${host}`, `--${host}:_authToken=token`, '--provenance=false'],
    /** In the order in which they came. */
    published,
    /** Packages that it does not take. */
    refused,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
