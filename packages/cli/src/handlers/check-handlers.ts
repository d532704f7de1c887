import { isDeepStrictEqual } from 'node:util';
import type { Json } from '@cloudtask/sdk';
import type { Schema } from '@cloudtask/sdk/schema';
import type { ProjectHandler } from '../import-worker.ts';
import { schemaIssues } from '../schema/schema-issues.ts';
import { nodeOf, variantsOf } from '../schema/schema-variants.ts';
import { issuesText } from './issues-text.ts';

/** Something about a handler that its users would meet later. */
export interface HandlerProblem {
  type: string;
  message: string;
}

/** What loading alone does not find: examples that do not fit, and values that JSON would change. */
export async function checkHandlers(handlers: readonly ProjectHandler[]): Promise<HandlerProblem[]> {
  const problems = await Promise.all(
    handlers.map(async (each) => (await problemsOf(each)).map((message) => ({ type: each.type, message }))),
  );
  return problems.flat();
}

async function problemsOf({ handler, about, payload }: ProjectHandler): Promise<string[]> {
  const examples = handler.job.examples ?? [];
  const checked = await Promise.all(
    examples.map((example, at) => exampleProblem(example, payload, `example ${at + 1}`)),
  );
  return [...checked.filter((each) => each !== undefined), ...defaultProblems(about.payloadSchema)];
}

async function exampleProblem(example: unknown, payload: Schema | null, name: string): Promise<string | undefined> {
  if (!survivesJson(example)) return `${name} is not the same after JSON: use what JSON has`;
  const issues = payload === null ? undefined : (await payload['~standard'].validate(example)).issues;
  return issues && `${name} does not fit the payload: ${issuesText(issues)}`;
}

function survivesJson(value: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(JSON.stringify(value)), value);
  } catch {
    return false;
  }
}

/** A default that its own member would refuse: whoever leaves the member out is refused, and did nothing wrong. */
function defaultProblems(root: Json | null): string[] {
  if (root === null) return [];
  const members = variantsOf(root, root).flatMap((each) => Object.entries(nodeOf(each['properties'])));
  const wrong = members.filter(([, member]) => {
    const { default: preset } = nodeOf(member);
    return preset !== undefined && schemaIssues(root, preset, member).length > 0;
  });
  return [...new Set(wrong.map(([name]) => `the default of ${name} does not fit its own schema`))];
}
