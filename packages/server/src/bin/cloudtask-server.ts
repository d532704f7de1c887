#!/usr/bin/env node
// `cloudtask-server scheduler --help` runs that program in this very process, which is then the one that gets the signals.
const ROLES: Readonly<Record<string, { file: string; command?: string; about: string }>> = {
  all: { file: './cloudtask-embedded', about: 'the whole platform in one process, on its own database' },
  'job-service': { file: './job-service', about: 'the REST API' },
  scheduler: { file: './scheduler', about: 'moves what is due, feeds the queues, rescues lost jobs' },
  'results-processor': { file: './results-processor', about: 'stores what workers report' },
  migrate: { file: './job-service', command: 'migrate', about: 'bring the database up to date, and end' },
};

const [name = '--help', ...given] = process.argv.slice(2);
const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;

if (role) {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const program = new URL(`${role.file}${extension}`, import.meta.url);
  process.argv.splice(1, process.argv.length, program.pathname, ...(role.command ? [role.command] : []), ...given);
  await import(program.href);
} else {
  const roles = Object.entries(ROLES).map(([each, { about }]) => `  ${each.padEnd(19)}${about}\n`);
  const usage = `Usage: cloudtask-server ROLE [command] [settings]\n\nRoles:\n${roles.join('')}\nThe settings of a role: cloudtask-server ROLE --help\n`;
  const isHelp = ['--help', '-h', 'help'].includes(name);
  if (isHelp) process.stdout.write(usage);
  else process.stderr.write(`✗ cloudtask-server: there is no role "${name}"\n\n${usage}`);
  process.exitCode = isHelp ? 0 : 2;
}
