import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { composeConfig, composeFolder, describeCompose } from './docker-compose.ts';
import { requiredSecrets } from './required-secrets.ts';

/** Compose itself reads these, so no file of ours names them. */
const ownOfCompose = ['COMPOSE_FILE', 'COMPOSE_PROFILES'];

describe('.env.example', () => {
  const documented = documentedVariables();
  const used = usedVariables();

  it('has every variable of the compose files, and no other', () => {
    expect([...documented.keys()].sort()).toEqual([...used.keys(), ...ownOfCompose].sort());
  });

  it('has each variable with the default that the compose files give it, everywhere the same', () => {
    const defaults = [...used].map(([name, values]) => [name, [...values].join(' or ')]);
    expect(defaults.filter(([name = '', value]) => documented.get(name) !== value)).toEqual([]);
  });
});

describeCompose('docker compose config --variables', () => {
  it('finds no variable that .env.example does not have', () => {
    const table = composeConfig(['--variables'], {
      files: ['compose.prod.yaml', 'compose.alloy.yaml', 'compose.traces.yaml'],
      profiles: ['app', 'traces'],
      variables: requiredSecrets,
    });
    const found = table
      .split('\n')
      .slice(1)
      .flatMap((row) => row.split(/\s/)[0] || []);
    expect(found.length).toBeGreaterThan(40);
    const documented = documentedVariables();
    expect(found.filter((name) => !documented.has(name))).toEqual([]);
  });
});

function documentedVariables(): Map<string, string> {
  const text = readFileSync(join(composeFolder, '.env.example'), 'utf8');
  return new Map([...text.matchAll(/^#([A-Z][A-Z_0-9]*)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
}

/** Their defaults; "" where there is none. `docker compose config --variables` does not look into lists of maps. */
function usedVariables(): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>();
  for (const file of globSync('compose*.yaml', { cwd: composeFolder })) {
    const text = readFileSync(join(composeFolder, file), 'utf8');
    for (const [, name = '', operator, value = ''] of text.matchAll(/(?<!\$)\$\{(\w+)(?:(:[-?+])([^}]*))?\}/g)) {
      // A mere "is it set?" says nothing about the default, and a :? has none. /dev/null stands for no file at all.
      const isDefault = operator === ':-' && value !== '/dev/null' && value !== './handlers';
      const values = used.get(name) ?? new Set();
      if (isDefault) values.add(value);
      used.set(name, values);
    }
  }
  return used;
}
