import type { Json } from '@cloudtask/sdk/contract';
import type { TestPlatform } from './test-platform.ts';

interface Line {
  n: number;
  attempt: number;
  level: string;
  message: string;
  fields: Record<string, Json> | null;
}

/** What is stored of what a job said. */
export const linesOf = (platform: TestPlatform, id: string) =>
  platform.query<Line>(
    'select n, attempt, level, message, fields from cloudtask.job_logs where job_id = $1 order by fence, n',
    [id],
  );
export const progressOf = async (platform: TestPlatform, id: string) =>
  (await platform.query('select n, percent, message, data from cloudtask.progress where job_id = $1', [id]))[0];
export const messagesOf = async (platform: TestPlatform, id: string) =>
  (await linesOf(platform, id)).map(({ message }) => message);
