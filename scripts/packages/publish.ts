// `npm run publish-packages -- [folder] [flags of npm publish]`: publishes what `npm run pack` made, each package after those
// that it needs. Run again after a failure it goes on where it stopped: a version can never be published twice. It imports
// no package: beside the right to publish runs nothing but this and npm.
import path from 'node:path';
import { integrityOf } from './integrity.ts';
import { publishedPackages, root, tarballOf } from './published-packages.ts';
import { runNpm } from './run-npm.ts';

const [first = '', ...rest] = process.argv.slice(2);
const [folder, flags] = first.startsWith('-') ? ['', [first, ...rest]] : [first, rest];
const packed = path.resolve(root, folder || 'dist/packages');

try {
  for (const each of publishedPackages()) {
    await publishOnce(`${each.manifest.name}@${each.manifest.version}`, tarballOf(each, packed));
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function publishOnce(spec: string, tarball: string): Promise<void> {
  const published = await publishedIntegrity(spec);
  if (published === undefined) {
    const { isOk, stderr } = await runNpm(['publish', tarball, '--access=public', ...flags], { cwd: packed });
    if (!isOk)
      throw new Error(`${spec} could not be published. Run the same again: what is published stays.\n${stderr}`);
    console.log(`published  ${spec}`);
  } else if (published === (await integrityOf(tarball))) {
    console.log(`was there  ${spec}`);
  } else {
    // Packages of one version belong together: those that are still missing would be built from something else.
    throw new Error(
      `${spec} was published from other files than ${path.basename(tarball)}. Publish the tarballs of that run, or raise the version and begin anew.`,
    );
  }
}

/** The hash of what the registry has under this version; undefined when it has none. */
async function publishedIntegrity(spec: string): Promise<string | undefined> {
  const { isOk, stdout, stderr } = await runNpm(['view', spec, 'dist.integrity', '--json', ...flags], { cwd: packed });
  if (isOk) return stdout.trim() === '' ? undefined : JSON.parse(stdout);
  if (/\bE404\b/.test(stderr + stdout)) return undefined;
  throw new Error(`the registry could not be asked for ${spec}.\n${stderr}`);
}
