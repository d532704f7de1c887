import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectCommand, runCommand } from '../run-command.ts';

/** A bridge of our own: another engine's `docker0` is neither used nor removed. */
export const bridge = 'cloudtask-ci0';

// A range that other engines do not take by default: theirs begin at 172.17 and 192.168.
export const addresses = { prefix: '10.213.', bridge: '10.213.0.1/24', pool: '10.213.128.0/17' };

/** Writes down how the network is, for `stop-engine.sh`, and makes the bridge. Gives what forwarding was set to. */
export async function openNetwork(run: string, env: NodeJS.ProcessEnv): Promise<string> {
  for (const tables of ['iptables', 'ip6tables']) {
    const { code, stdout } = await runCommand([`${tables}-save`], { env });
    // Empty tables are saved as nothing, but must be restored as empty: the engine leaves chains and a policy behind.
    if (code === 0) await writeFile(join(run, tables), stdout.trim() === '' ? emptyTables() : stdout);
  }
  await runCommand(['ip', 'link', 'del', bridge]);
  await expectCommand(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await expectCommand(['ip', 'addr', 'add', addresses.bridge, 'dev', bridge]);
  await expectCommand(['ip', 'link', 'set', bridge, 'up']);
  return (await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).trim();
}

const chains = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
};

function emptyTables(): string {
  return Object.entries(chains)
    .map(([table, names]) => `*${table}\n${names.map((name) => `:${name} ACCEPT\n`).join('')}COMMIT\n`)
    .join('');
}
