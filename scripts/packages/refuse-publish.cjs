// `prepublishOnly` of every package: the folders of the repository are not what users should get.
'use strict';

console.error(
  'A package is not published from its folder: see "Release" in CONTRIBUTING.md (npm run pack, npm run publish-packages).',
);
process.exitCode = 1;
