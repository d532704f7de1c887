import { CloudTaskCommand } from '../cloudtask-command.ts';
import { answerOne, type Kind } from '../output/answer.ts';
import { printsNothing, WORKS_HERE } from '../requests/own-requests.ts';
import { printable } from '../views/printable.ts';

interface Versions {
  cli: string;
  node: string;
  platform: string;
  url: string;
  /** Null: it did not answer. */
  server: string | null;
}

export default class Version extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'show the versions of command, Node.js and server';
  static override description =
    'A server that does not answer within 2 s is left out. --version prints one line and asks nobody.';
  static override examples = ['<%= config.bin %> version', '<%= config.bin %> version --json'];
  static override requests = printsNothing(WORKS_HERE);

  override async run(): Promise<void> {
    const { flags, out } = await this.begin(Version);
    const settings = this.settings(flags);
    const { version } = this.config;
    const platform = `${process.platform} ${process.arch}`;
    const ct = this.connect(settings);
    const answered = await ct.request<Info>('GET', '/actuator/info', { maxRetries: 0, timeout: '2s' }).safe();
    const server = answered.ok ? (answered.data.app?.version ?? null) : null;
    answerOne(out, { cli: version, node: process.versions.node, platform, url: ct.url, server }, versionKind);
  }
}

interface Info {
  app?: { version?: string };
}

const versionKind: Kind<Versions> = {
  columns: [],
  id: ({ cli }) => cli,
  details: ({ cli, node, platform, url, server }, { style }) => [
    `  cloudtask  ${cli}`,
    `  server     ${server === null ? style.dim('does not answer') : printable(server)}  ${style.dim(url)}`,
    `  Node.js    ${node}`,
    `  platform   ${platform}`,
  ],
};
