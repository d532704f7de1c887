// The entrypoint of the image: `docker run IMAGE worker --help` runs that program in this very process, which is then the
// one that gets the signals.
const ROLES = {
  'job-service': ['server/dist/bin/job-service.js'],
  worker: ['worker/dist/bin/worker.js'],
  'results-processor': ['server/dist/bin/results-processor.js'],
  scheduler: ['server/dist/bin/scheduler.js'],
  migrate: ['server/dist/bin/job-service.js', 'migrate'],
};

const [role, ...given] = process.argv.slice(2);
const program = Object.hasOwn(ROLES, role ?? '') ? ROLES[role] : undefined;

if (program) {
  const [file, ...first] = program;
  const url = new URL(`./packages/${file}`, import.meta.url);
  process.argv.splice(1, process.argv.length, url.pathname, ...first, ...given);
  await import(url.href);
} else {
  const usage = `Roles of this image: ${Object.keys(ROLES).join(', ')}. Name one as the command; ROLE --help lists its settings.\n`;
  const isHelp = role === undefined || role === '--help' || role === 'help';
  if (isHelp) process.stdout.write(usage);
  else process.stderr.write(`there is no role "${role}". ${usage}`);
  process.exitCode = isHelp ? 0 : 2;
}
