// Takes the lock of a data directory and keeps it until it is killed, without a reference to it: a garbage collection
// must not free it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DirectoryInUse, describeHolder, lockDirectory } from '../../src/database/directory-lock.ts';

const [directory = '', url] = process.argv.slice(2);
try {
  lockDirectory(directory);
  if (url) describeHolder(directory, { url });
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  console.log('locked');
} catch (error) {
  console.log(error instanceof DirectoryInUse ? 'in use' : String(error));
}
setInterval(() => {}, 60_000);
