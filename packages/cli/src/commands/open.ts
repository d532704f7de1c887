import { Args, Flags } from '@oclif/core';
import { CloudTaskCommand } from '../cloudtask-command.ts';
import { openInBrowser } from '../open-in-browser.ts';
import { printsNothing } from '../requests/own-requests.ts';

const PAGES = { docs: '/docs', openapi: '/openapi.json', health: '/actuator/health', metrics: '/actuator/prometheus' };

export default class Open extends CloudTaskCommand {
  static override effect = 'reads' as const;
  static override summary = 'open the reference of the API in a browser';
  static override description = 'The answer is the address. In a pipe, and with --print, nothing is opened.';
  static override examples = [
    '<%= config.bin %> open',
    '<%= config.bin %> open metrics --print',
    'curl -s "$(<%= config.bin %> open openapi)"',
  ];
  static override args = {
    page: Args.string({ description: 'which page', options: Object.keys(PAGES), default: 'docs', ignoreStdin: true }),
  };
  static override flags = { print: Flags.boolean({ description: 'only print the address' }) };
  static override requests = printsNothing('It only says an address.');

  override async run(): Promise<void> {
    const { flags, args, out } = await this.begin(Open);
    const page = args.page as keyof typeof PAGES; // one of the options
    const url = `${this.settings(flags).url.replace(/\/+$/, '')}${PAGES[page]}`;
    if (out.isData) out.data({ page, url });
    else if (out.mode !== 'none') out.answer(url);
    if (out.mode === 'human' && this.surroundings.stdout.isTTY && !flags.print) openInBrowser(url);
  }
}
