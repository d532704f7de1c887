// `npm run pack -- [folder]`: the tarballs that a release publishes. They are made once: what was tested is what is published.
import path from 'node:path';
import { packAll } from './pack-all.ts';
import { root } from './published-packages.ts';

const tarballs = await packAll(path.resolve(root, process.argv[2] ?? 'dist/packages'));
for (const file of tarballs) console.log(path.relative(root, file));
