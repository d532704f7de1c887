// `npm run sbom -- [folder]`: what a user installs with the packages of `npm run pack`, all of it, as CycloneDX.
// Not from the lock file of the repository: that has what builds and tests, and versions that users may not get.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { publishedPackages, root, tarballOf } from './published-packages.ts';
import { mustRunNpm } from './run-npm.ts';

const packed = path.resolve(root, process.argv[2] ?? 'dist/packages');
const packages = publishedPackages();
const version = packages[0]?.manifest.version;
const project = await mkdtemp(path.join(tmpdir(), 'cloudtask-sbom-'));
try {
  await writeFile(path.join(project, 'package.json'), JSON.stringify({ name: 'cloudtask', version, private: true }));
  const tarballs = packages.map((each) => tarballOf(each, packed));
  await mustRunNpm(['install', '--ignore-scripts', '--prefer-offline', ...tarballs], { cwd: project });
  let sbom = await mustRunNpm(['sbom', '--sbom-format=cyclonedx'], { cwd: project });
  // Ours come from this machine now, and from there for everybody else.
  for (const [at, { name, manifest }] of packages.entries()) {
    const published = `https://registry.npmjs.org/${manifest.name}/-/${name}-${manifest.version}.tgz`;
    sbom = sbom.replaceAll(`file:${tarballs[at]}`, published);
  }
  const file = path.join(packed, `cloudtask-${version}.cdx.json`);
  await writeFile(file, sbom);
  console.log(path.relative(root, file));
} finally {
  await rm(project, { recursive: true, force: true });
}
