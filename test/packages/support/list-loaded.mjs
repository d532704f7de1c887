// Writes down every file that a program loads, `import` or `require`, into the file that LOADED_LIST names.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) appendFileSync(process.env.LOADED_LIST, `${fileURLToPath(url)}\n`);
    return next(url, context);
  },
});
