import { CloudTask } from '@cloudtask/sdk';

declare global {
  var cloudtaskClient: CloudTask | undefined;
}

/**
 * One client for the process. `next dev` loads this file again with each change, and would leave a client and its connections
 * behind each time. It is made with the first request: `next build` loads the routes where no server is. Tests set their own.
 */
export function cloudtask(): CloudTask {
  globalThis.cloudtaskClient ??= new CloudTask();
  return globalThis.cloudtaskClient;
}
