import { readFile } from 'node:fs/promises';
import { expectCommand } from '../run-command.ts';

export interface DebianMirror {
  url: string;
  keyring: string;
  /** What this machine's apt is told of its network and of dates, as lines of an apt.conf. */
  options: string[];
}

/** The mirror that this machine already installs from: behind a proxy or in a closed network no other may be reachable. */
export async function findDebianMirror(): Promise<DebianMirror> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1];
  if (!/^ID=debian$/m.test(release) || !codename) {
    throw new Error('this is no Debian, and the engine and its images are made of Debian packages');
  }
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const targets = await expectCommand(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages']);
  const [url] =
    targets
      .split('\n')
      .find((line) => line.endsWith(` ${codename} main`))
      ?.split(' ') ?? [];
  if (!url) throw new Error(`the apt sources of this machine name no mirror of ${codename} main`);
  return {
    url: url.replace(/\/$/, ''),
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    options: await readOptions(),
  };
}

async function readOptions(): Promise<string[]> {
  const dump = await expectCommand(['apt-config', 'dump']);
  return dump.split('\n').filter((line) => /^Acquire::(Check-|https?::)[^ ]* "[^"]+";$/.test(line));
}
