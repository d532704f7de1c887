import { relative } from 'node:path';
import { openProjectSources } from '../open-project.ts';
import type { Surroundings } from '../surroundings.ts';
import { type Finding, finding } from './finding.ts';

/** Whether a worker that is started here could read its configuration. */
export async function checkConfigFile(surroundings: Surroundings): Promise<Finding> {
  try {
    const { configFile } = await openProjectSources(surroundings, {});
    if (configFile === null) return finding('config', 'ok', 'no cloudtask.config.ts here: nothing to read');
    return finding('config', 'ok', `${relative(surroundings.cwd, configFile) || configFile} can be read`);
  } catch (error) {
    return finding('config', 'fail', (error as Error).message, 'cloudtask handlers check');
  }
}
