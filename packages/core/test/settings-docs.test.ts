import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSettings, type Settings } from '../src/config.ts';
import { envExample, settingsTable } from '../src/settings-docs.ts';
import { flag, integer, oneOf, text } from '../src/settings-parsers.ts';
import { probeSettings, sharedSettings } from '../src/shared-settings.ts';

const level = { env: 'CLOUDTASK_LEVEL', flag: 'level', describe: 'How much.', parse: oneOf('a', 'b'), default: 'a' };
const key = { env: 'CLOUDTASK_KEY', describe: 'Opens.', parse: text, secret: true } as const;
const port = (value: string) => ({
  env: 'CLOUDTASK_PORT',
  flag: 'port',
  describe: 'Where.',
  parse: integer({ min: 1, max: 99 }),
  default: value,
});
const hint = { env: 'CLOUDTASK_HINT', flag: 'hint', describe: 'May be.', parse: text, optional: true } as const;
const loud = { env: 'CLOUDTASK_LOUD', flag: 'loud', describe: 'Talks.', parse: flag, default: 'false' };

const programs = [
  { name: 'worker', settings: { level, port: port('91'), hint } as Settings },
  { name: 'scheduler', settings: { level, port: port('93'), key, loud } as Settings },
];

describe('.env.example', () => {
  it('has every variable once: shared ones first, then by program', () => {
    expect(
      envExample(programs),
    ).toBe(`# Every setting with its default. Copy this file to .env and take out the # before what you change.
# A flag wins over a variable, a variable of the environment over this file. An empty variable counts as not set.

# Shared

# How much. Allowed: a or b.
#CLOUDTASK_LEVEL=a

# Where. Allowed: a whole number from 1 to 99. Default: 91 (worker), 93 (scheduler).
#CLOUDTASK_PORT=

# Only worker

# May be.
#CLOUDTASK_HINT=

# Only scheduler

# Opens. Must be set. Or name a file that holds it in CLOUDTASK_KEY_FILE.
#CLOUDTASK_KEY=

# Talks. Allowed: true or false.
#CLOUDTASK_LOUD=false
`);
  });

  it('gives the defaults when every # before a variable is taken out', () => {
    const settings = { ...sharedSettings, ...probeSettings(9091) };
    const filled = parseEnv(envExample([{ name: 'worker', settings }]).replace(/^#CLOUDTASK/gm, 'CLOUDTASK'));
    expect(Object.keys(filled)).toHaveLength(Object.keys(settings).length);
    expect(readSettings(settings, { flags: {}, env: filled })).toEqual(readSettings(settings, { flags: {}, env: {} }));
  });

  it('refuses a variable that means two things', () => {
    const other = { ...level, describe: 'How little.' };
    expect(() => envExample([...programs, { name: 'x', settings: { other } }])).toThrow(
      'CLOUDTASK_LEVEL is declared twice',
    );
  });
});

describe('the table of settings', () => {
  it('has variable, flag, default and meaning', () => {
    expect(settingsTable({ level, key, hint, loud })).toBe(`| Variable | Flag | Default | What it is |
| --- | --- | --- | --- |
| \`CLOUDTASK_LEVEL\` | \`--level\` | \`a\` | How much. Allowed: a or b. |
| \`CLOUDTASK_KEY\`<br>\`CLOUDTASK_KEY_FILE\` | – | **must be set** | Opens. |
| \`CLOUDTASK_HINT\` | \`--hint\` | not set | May be. |
| \`CLOUDTASK_LOUD\` | \`--[no-]loud\` | \`false\` | Talks. Allowed: true or false. |
`);
  });
});
