// Takes the lock of a data directory and keeps it until it is killed.
import { DirectoryInUse, describeHolder, lockDirectory } from '../../src/database/directory-lock.ts';

const [directory = '', url] = process.argv.slice(2);
try {
  lockDirectory(directory);
  if (url) describeHolder(directory, { url });
  console.log('locked');
} catch (error) {
  console.log(error instanceof DirectoryInUse ? 'in use' : String(error));
}
setInterval(() => {}, 60_000);
