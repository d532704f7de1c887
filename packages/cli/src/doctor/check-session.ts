import { AuthenticationError, type CloudTask } from '@cloudtask/sdk';
import { printable } from '../views/printable.ts';
import { type Finding, finding } from './finding.ts';

/** Whether the server knows who asks. */
export async function checkSession(ct: CloudTask, { usesToken }: { usesToken: boolean }): Promise<Finding> {
  try {
    const { email, isOperator } = await ct.auth.me();
    const by = usesToken ? ' by CLOUDTASK_TOKEN' : '';
    return finding('session', 'ok', `signed in as ${printable(email)}${by}${isOperator ? ', an operator' : ''}`);
  } catch (error) {
    if (!(error instanceof AuthenticationError)) {
      return finding('session', 'fail', printable((error as Error).message), 'cloudtask status');
    }
    const fix = usesToken ? 'cloudtask tokens create: the token in CLOUDTASK_TOKEN is not valid' : 'cloudtask login';
    return finding('session', usesToken ? 'fail' : 'warn', 'nobody is signed in, so no job was tried', fix);
  }
}
