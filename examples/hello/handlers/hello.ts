import { defineHandler } from '@cloudtask/sdk';
import { hello } from '../jobs/hello.ts';

export default defineHandler(hello, ({ name }, { log }) => {
  log.info('greeting', { name });
  return `Hello ${name}`;
});
