import { runCommand } from '../run-command.ts';
import type { Run, Step } from '../step.ts';
import { jobs } from './jobs.ts';
import { project } from './project.ts';

const services = ['migrate', 'job-service', 'worker', 'results-processor', 'scheduler'];

interface LogLine {
  level?: unknown;
  jobId?: unknown;
}

/** What Loki gets: JSON with the level and the job as fields, and nothing that a user wrote into a job. */
export const logs: Step = {
  name: 'logs are JSON, name the job and keep secrets out',
  needs: [jobs, project],
  async run(run) {
    const { failed, secrets } = run.resultOf(jobs);
    const everything = await run.resultOf(project).compose('logs', '--no-log-prefix', '--no-color');
    const leaked = everything.split('\n').filter((line) => secrets.some((secret) => line.includes(secret)));
    if (leaked.length > 0) throw new Error(`payload or password in ${leaked.length} lines, the first is\n${leaked[0]}`);

    const lines = (await Promise.all(services.map((service) => readLog(run, service)))).flat();
    const parsed = lines.map((line) => ({ line, fields: parse(line) }));
    const odd = parsed.filter(({ fields }) => typeof fields?.level !== 'string');
    if (odd.length > 0)
      throw new Error(`${odd.length} of ${lines.length} lines are no JSON with a level, the first is\n${odd[0]?.line}`);
    const ofJob = parsed.filter(({ line }) => line.includes(failed.id));
    if (ofJob.length === 0) throw new Error(`no line names the job ${failed.id}, which failed`);
    const without = ofJob.find(({ fields }) => fields?.jobId !== failed.id);
    if (without) throw new Error(`a line tells of a job but has it not in jobId:\n${without.line}`);
    run.note(`${lines.length} lines, ${ofJob.length} of them of the job that failed`);
  },
};

/** Standard error alone: on standard output a program answers people, such as "CloudTask worker ready". */
async function readLog(run: Run, service: string): Promise<string[]> {
  const { compose, env } = run.resultOf(project);
  const containers = (await compose('ps', '--all', '--quiet', service)).split('\n').filter(Boolean);
  const answers = await Promise.all(containers.map((container) => runCommand(['docker', 'logs', container], { env })));
  return answers.flatMap(({ stderr }) => stderr.split('\n').filter(Boolean));
}

function parse(line: string): LogLine | undefined {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
