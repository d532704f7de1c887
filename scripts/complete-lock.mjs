// Completes package-lock.json for optional platform packages (`@biomejs/cli-darwin-arm64`, …) that the registry in use
// could not serve: npm then writes no entry, or one without a version, and `npm ci` fails with "Missing: X from lock file".
// Run it after every `npm install`. It changes nothing in a complete lock.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;
let completed = 0;

for (const [location, entry] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const found = resolve(location, name);
    if (found && (packages[found].version || packages[found].link)) continue;
    const version = range.replace(/^[\^~>=v]+/, '');
    const platform = platformOf(name);
    if (!/^\d+\.\d+\.\d+/.test(version) || platform.os.length + platform.cpu.length === 0) {
      console.error(
        `left alone: ${name}@${range} of ${location || 'the root'} (no exact version or no platform in its name)`,
      );
      continue;
    }
    packages[found ?? `node_modules/${name}`] = {
      version,
      ...(platform.cpu.length > 0 && { cpu: platform.cpu }),
      ...(entry.dev && { dev: true }),
      optional: true,
      ...(platform.os.length > 0 && { os: platform.os }),
    };
    completed += 1;
  }
}

if (completed > 0) {
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
console.log(`${file}: ${completed} platform packages completed`);

/** Node's own lookup: the package's node_modules, then those of every folder above it. */
function resolve(location, name) {
  let base = location;
  for (;;) {
    const candidate = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (packages[candidate]) return candidate;
    if (!base) return undefined;
    base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')));
  }
}

function platformOf(name) {
  const systems = [
    'aix',
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
    'win32',
  ];
  const cpus = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];
  const aliases = { windows: 'win32', win: 'win32', linuxmusl: 'linux' };
  const words = name
    .replace(/^@[^/]+\//, '')
    .split(/[-.]/)
    .map((word) => aliases[word] ?? word);
  return { os: systems.filter((s) => words.includes(s)), cpu: cpus.filter((c) => words.includes(c)) };
}
