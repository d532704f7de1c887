import type { Setting, Settings } from './config.ts';

/** The settings of one program, for the docs. */
export interface DocumentedProgram {
  /** As people know it: `job-service`. */
  name: string;
  settings: Settings;
}

/**
 * `.env.example`: every variable once, commented out with its default, those that several programs share first. A variable
 * whose default differs names each.
 */
export function envExample(programs: readonly DocumentedProgram[]): string {
  const entries = collect(programs);
  const shared = entries.filter(({ uses }) => uses.length > 1);
  const sections = [
    section('Shared', shared),
    ...programs.map(({ name }) =>
      section(
        `Only ${name}`,
        entries.filter(({ uses }) => uses.length === 1 && uses[0]?.name === name),
      ),
    ),
  ];
  return `${HEAD}${sections.join('')}`;
}

const HEAD = `# Every setting with its default. Copy this file to .env and take out the # before what you change.
# A flag wins over a variable, a variable of the environment over this file. An empty variable counts as not set.
`;

/** A markdown table of the settings of one program. */
export function settingsTable(settings: Settings): string {
  const rows = Object.values(settings).map((setting) => [
    code(setting.env) + (setting.secret ? `<br>${code(`${setting.env}_FILE`)}` : ''),
    setting.flag === undefined ? '–' : code(setting.parse.isSwitch ? `--[no-]${setting.flag}` : `--${setting.flag}`),
    defaultOf(setting),
    sentences(setting),
  ]);
  return [['Variable', 'Flag', 'Default', 'What it is'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}

interface Entry {
  setting: Setting<unknown>;
  uses: { name: string; default: string | undefined }[];
}

function collect(programs: readonly DocumentedProgram[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { name, settings } of programs) {
    for (const setting of Object.values(settings)) {
      const entry = entries.get(setting.env) ?? { setting, uses: [] };
      if (entry.setting.describe !== setting.describe) {
        throw new Error(`${setting.env} is declared twice with different meanings; ${name} has one of them`);
      }
      entry.uses.push({ name, default: setting.default });
      entries.set(setting.env, entry);
    }
  }
  return [...entries.values()];
}

function section(title: string, entries: readonly Entry[]): string {
  if (entries.length === 0) return '';
  return `\n# ${title}\n${entries.map(envLines).join('')}`;
}

function envLines({ setting, uses }: Entry): string {
  const defaults = new Set(uses.map((use) => use.default));
  const [value] = defaults.size === 1 ? defaults : [undefined];
  const facts = [
    sentences(setting),
    ...(defaults.size > 1
      ? [`Default: ${uses.map((use) => `${use.default ?? 'none'} (${use.name})`).join(', ')}.`]
      : []),
    ...(defaults.size === 1 && value === undefined && !setting.optional ? ['Must be set.'] : []),
    ...(setting.secret ? [`Or name a file that holds it in ${setting.env}_FILE.`] : []),
  ];
  return `\n# ${facts.join(' ')}\n#${setting.env}=${quoted(value ?? '')}\n`;
}

function sentences({ describe, parse }: Setting<unknown>): string {
  return parse.allowed === undefined ? describe : `${describe} Allowed: ${parse.allowed}.`;
}

function defaultOf({ default: value, optional }: Setting<unknown>): string {
  if (value === undefined) return optional ? 'not set' : '**must be set**';
  return value === '' ? 'empty' : code(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

/** What `parseEnv` would cut off or take for quotes. */
function quoted(value: string): string {
  return /[\s#"'`]/.test(value) ? JSON.stringify(value) : value;
}
