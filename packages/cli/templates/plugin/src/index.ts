import { definePlugin } from '@cloudtask/sdk';
import helloHandler from './handlers/hello.ts';

// `version` and the types of the handlers stand in package.json too: a worker reads them there before it runs any of this.
export default definePlugin({ name: 'hello', version: '0.1.0', apiVersion: 1, handlers: [helloHandler] });
