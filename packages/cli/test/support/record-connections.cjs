// Preloaded into the command: notes where every socket, look-up of a name and child process is about to go. It stands below
// all HTTP clients, and changes nothing.
'use strict';

const { appendFileSync } = require('node:fs');
const childProcess = require('node:child_process');
const dgram = require('node:dgram');
const dns = require('node:dns');
const module_ = require('node:module');
const net = require('node:net');

const path = process.env.CLOUDTASK_TEST_CONNECTIONS;
const note = (what, where) => appendFileSync(path, `${JSON.stringify({ what, where: String(where) })}\n`);

/** Calls `before` with the arguments, then what was there. */
function watch(owner, name, before) {
  const original = owner[name];
  owner[name] = function watched(...args) {
    before(...args);
    return Reflect.apply(original, this, args);
  };
}

watch(net.Socket.prototype, 'connect', (...given) => {
  // net.connect() hands its arguments over as one list.
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first === 'object' && first !== null)
    note('connect', first.path ?? `${first.host ?? 'localhost'}:${first.port}`);
  else
    note(
      'connect',
      typeof first === 'number' ? `${typeof second === 'string' ? second : 'localhost'}:${first}` : first,
    );
});
const lookUps = Object.keys(dns).filter((name) => /^(lookup|resolve|reverse)/.test(name));
for (const name of lookUps) {
  watch(dns, name, (host) => note('dns', host));
  if (name in dns.promises) watch(dns.promises, name, (host) => note('dns', host));
}
for (const kind of [dns.Resolver, dns.promises.Resolver]) {
  for (const name of Object.getOwnPropertyNames(kind.prototype).filter((each) => /^(resolve|reverse)/.test(each))) {
    watch(kind.prototype, name, (host) => note('dns', host));
  }
}
watch(dgram.Socket.prototype, 'send', (...args) => note('udp', args.slice(1).join(' ')));
watch(dgram.Socket.prototype, 'connect', (port, host) => note('udp', `${host}:${port}`));
// A child could talk to anybody.
for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  watch(childProcess, name, (command) => note('child', command));
}
module_.syncBuiltinESMExports();
