import { eventually } from '../../../test/support/eventually.ts';
import { answersRabbitmq } from '../../../test/support/own-rabbitmq.ts';
import { repository } from '../repository.ts';
import { expectCommand, runCommand } from '../run-command.ts';
import { makeImage } from '../standins/make-images.ts';
import { NotAvailable, type Run, type Step } from '../step.ts';

/** The oldest that we promise, what Debian is at, and what the compose file takes. */
export const brokers: Step[] = ['3.10', '4.0', '4.3'].map((version) => ({
  name: `RabbitMQ ${version} passes the broker conformance`,
  run: (run) => conform(run, `rabbitmq:${version}-management`),
}));

async function conform(run: Run, image: string): Promise<void> {
  const { engine, cache, signal } = { engine: run.engine(), cache: run.cache, signal: run.signal };
  if (!(await makeImage({ engine, cache, signal }, image))) throw new NotAvailable(`there is no ${image}`);
  const { env } = engine;
  // guest may come from anywhere: through the published port it is no loopback connection any more.
  const user = ['--env', 'RABBITMQ_DEFAULT_USER=tester', '--env', 'RABBITMQ_DEFAULT_PASS=tester'];
  const flags = ['--detach', '--rm', '--hostname', 'rabbitmq', '--publish', '127.0.0.1::5672'];
  const container = (await expectCommand(['docker', 'run', ...flags, ...user, image], { env, signal })).trim();
  try {
    const address = (await expectCommand(['docker', 'port', container, '5672'], { env })).trim().split('\n')[0];
    const url = `amqp://tester:tester@${address}`;
    await eventually(() => answersRabbitmq(url), { timeoutMs: 90_000, intervalMs: 500, describe: image });
    const version = (await expectCommand(['docker', 'exec', container, 'rabbitmqctl', 'version'], { env })).trim();
    const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'services'];
    const output = await expectCommand([...vitest, 'packages/core/test/broker/rabbitmq.services.test.ts'], {
      env: { CLOUDTASK_TEST_BROKER_URL: url, CLOUDTASK_TEST_REQUIRE_SERVICES: '1' },
      cwd: repository,
      signal,
    });
    run.note(`${version}: ${/^cloudtask: (.*)$/m.exec(output)?.[1]}`);
  } finally {
    await runCommand(['docker', 'rm', '--force', '--volumes', container], { env });
  }
}
