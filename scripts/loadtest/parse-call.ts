import { parseArgs } from 'node:util';
import { editDistance } from '@cloudtask/core/edit-distance';
import { type JobType, jobNamed, type jobs, type ScenarioName, scenarios, scenarioWith } from './scenarios.ts';

export interface Call {
  name: ScenarioName;
  /** Undefined: a platform of its own. */
  url: string | undefined;
  rate: string | undefined;
  duration: string | undefined;
  jobType: JobType;
  withK6: boolean;
}

export type ParsedCall = { kind: 'help' } | { kind: 'wrong'; why: string } | { kind: 'run'; call: Call };

export const HELP = `Usage: npm run loadtest -- <scenario> [options]

Scenarios:
${Object.entries(scenarios)
  .map(([name, { describe, p95Ms }]) => `  ${name.padEnd(8)} ${describe}; p95 under ${p95Ms} ms`)
  .join('\n')}

Options:
  --url <url>       The API to test; without it a platform is started in a temporary folder
  --rate <n>        The highest rate, in requests per second
  --duration <d>    Of the whole, like 45s, 10m or 1h
  --job <type>      email (default) or sleep. Where a mail server is set, use sleep
  --k6              Run it with k6, which must be in PATH
  --help            This text

Exit codes: 0 all limits kept · 1 one crossed, or the test could not run · 2 wrong call · 130 stopped
`;

export function parseCall(args: string[]): ParsedCall {
  try {
    return parse(args);
  } catch (error) {
    return { kind: 'wrong', why: `${error instanceof Error ? error.message : error}\n\n${HELP}` };
  }
}

function parse(args: string[]): ParsedCall {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      url: { type: 'string' },
      rate: { type: 'string' },
      duration: { type: 'string' },
      job: { type: 'string', default: 'email' },
      k6: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  if (positionals.length !== 1) throw new Error(`name one scenario: ${Object.keys(scenarios).join(', ')}`);
  const name = scenarioNamed(positionals[0] as string);
  const { url, rate, duration } = values;
  scenarioWith(name, { rate, duration }); // complains of wrong values before anything is started
  return {
    kind: 'run',
    call: {
      name,
      url: url === undefined ? undefined : urlIn(url),
      rate,
      duration,
      jobType: jobNamed(values.job).type as keyof typeof jobs,
      withK6: values.k6,
    },
  };
}

function scenarioNamed(word: string): ScenarioName {
  const names = Object.keys(scenarios) as ScenarioName[];
  const found = names.find((name) => name === word);
  if (found) return found;
  const [closest] = names.map((name) => ({ name, far: editDistance(word, name) })).sort((a, b) => a.far - b.far);
  const hint = closest && closest.far <= 3 ? ` – did you mean ${closest.name}?` : '';
  throw new Error(`there is no scenario "${word}"${hint}`);
}

function urlIn(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Error(`"${text}" is not a URL like http://127.0.0.1:8080`);
  return text.replace(/\/+$/, '');
}
