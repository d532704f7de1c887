// Makes the archive from which embedded databases start. Part of the build: `node packages/core/dist/database/build-seed.js`.
import { hasSeed, writeSeed } from './embedded-seed.ts';
import { migrate } from './migrate.ts';
import { openPgliteInMemory } from './pglite.ts';

if (!(await hasSeed())) {
  const db = await openPgliteInMemory();
  await migrate(db);
  await writeSeed(await db.dump());
  await db.close();
}
