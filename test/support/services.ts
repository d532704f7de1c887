import { describe, inject, it } from 'vitest';

export type Service = 'postgres' | 'rabbitmq' | 'redis';

/** Where each service was found or started, or why there is none. */
export type FoundServices = Record<Service, { url: string } | { missing: string }>;

declare module 'vitest' {
  interface ProvidedContext {
    services: FoundServices;
  }
}

export const serviceNames: Record<Service, string> = { postgres: 'PostgreSQL', rabbitmq: 'RabbitMQ', redis: 'Redis' };

/**
 * A `describe` that needs real servers and gets their URLs. Where one cannot be had the suite is skipped and its title says
 * why; with CLOUDTASK_TEST_REQUIRE_SERVICES=1 it fails.
 */
export function describeServices<const Needed extends Service>(
  name: string,
  needs: readonly Needed[],
  suite: (urls: Record<Needed, string>) => void,
): void {
  const found = inject('services');
  const missing = needs.filter((service) => 'missing' in found[service]);
  if (missing.length === 0) {
    const urls = Object.fromEntries(needs.map((service) => [service, (found[service] as { url: string }).url]));
    describe(name, () => suite(urls as Record<Needed, string>));
    return;
  }
  const title = `${name} ${skipMark(missing)}`;
  if (process.env.CLOUDTASK_TEST_REQUIRE_SERVICES === '1') describe(title, () => failForEach(missing, found));
  // Not even collected: a suite may build clients from the URLs in its body.
  else describe.skip(title, () => it('was not run', () => {}));
}

/** The end of a skipped suite's title; the summary recognises it. */
function skipMark(missing: readonly Service[]): string {
  return `(no ${missing.map((service) => serviceNames[service]).join(', no ')} here)`;
}

function failForEach(missing: readonly Service[], found: FoundServices): void {
  for (const service of missing) {
    it(`needs ${serviceNames[service]}`, () => {
      throw new Error(`CLOUDTASK_TEST_REQUIRE_SERVICES=1, but ${(found[service] as { missing: string }).missing}`);
    });
  }
}
