// Files that are made from the code, so that they cannot disagree with it. `--check` writes nothing and names the stale ones.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderDashboards } from '../deploy/dashboards/render.ts';
import { envExample, settingsTable } from '../packages/core/src/settings-docs.ts';
import { PROBLEMS } from '../packages/server/src/job-service/problem-table.ts';
import { referencePages } from '../tools/api-reference/generate.ts';
import { commandReference } from './command-reference.ts';
import { documentedPrograms } from './documented-programs.ts';
import { withMetricsTable } from './metrics-table.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Each makes the whole text of one file, the same every time.
 * @type {{ file: string, make: () => string | Promise<string> }[]}
 */
const generators = [
  { file: '.env.example', make: () => envExample(documentedPrograms) },
  { file: 'docs/settings.md', make: settingsPage },
  { file: 'docs/errors.md', make: errorsPage },
  { file: 'docs/metrics.md', make: metricsPage },
  ...[...renderDashboards(), ...(await referencePages()), await commandReference()].map(({ file, text }) => ({
    file,
    make: () => text,
  })),
];

function settingsPage() {
  const intro =
    'Flags win over variables, variables over a settings file, the file over defaults. `NAME check-config` shows what counts.';
  const programs = documentedPrograms.map(({ name, settings }) => `## ${name}\n\n${settingsTable(settings).trim()}\n`);
  return ['# Settings\n', `${intro}\n`, ...programs].join('\n');
}

async function metricsPage() {
  return withMetricsTable(await readFile(path.join(root, 'docs/metrics.md'), 'utf8'));
}

function errorsPage() {
  const intro =
    'Every answer of the API that is not 2xx is `application/problem+json` (RFC 9457) with one of these stable codes.';
  const rows = Object.entries(PROBLEMS)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([code, { status, title, hint }]) => `| \`${code}\` | ${status} | ${title} | ${hint ?? ''} |`);
  return [
    '# Errors of the API\n',
    `${intro}\n`,
    '| code | status | what | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

let stale = 0;
for (const { file, make } of generators) {
  const target = path.join(root, file);
  const [wanted, found] = [await make(), await readFile(target, 'utf8').catch(() => undefined)];
  if (wanted === found) continue;
  stale += 1;
  if (process.argv.includes('--check')) console.log(`${file} is stale: run \`npm run generate\``);
  else await writeFile(target, wanted).then(() => console.log(`${file} written`));
}
process.exitCode = process.argv.includes('--check') && stale > 0 ? 1 : 0;
