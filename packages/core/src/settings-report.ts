import type { FoundSetting, Setting } from './config.ts';
import type { SettingProblem } from './configuration-error.ts';

/** All that is wrong with the settings, for standard error. */
export function problemsText(program: string, problems: readonly SettingProblem[]): string {
  const count = problems.length === 1 ? '1 setting is wrong' : `${problems.length} settings are wrong`;
  const each = problems.map(({ setting, flag, from, message }) => {
    return `  ${setting}${flag ? ` (--${flag})` : ''}, ${originOf(from)}\n      ${message}\n`;
  });
  return `✗ ${program} did not start: ${count}\n\n${each.join('\n')}\n  All settings:  ${program} --help\n`;
}

function originOf(from: string): string {
  if (from === 'not set') return from;
  return from === 'default' ? 'by default' : `from ${from === 'environment' ? 'the environment' : from}`;
}

/** Every setting with its value and where it comes from, for `check-config`. */
export function settingsText(program: string, found: readonly FoundSetting[]): string {
  const rows = [
    ['SETTING', 'VALUE', 'FROM'],
    ...found.map(({ setting, written, from }) => [setting.env, shownValue(setting, written), from]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)) + 2);
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}`.trimEnd(),
  );
  return `✓ ${program}: all settings are valid\n\n${lines.join('\n')}\n`;
}

/** A secret URL is shown as the server it names; of another secret only that it is set. */
export function shownValue({ secret }: Pick<Setting<unknown>, 'secret'>, written: string | undefined): string {
  if (written === undefined) return '–';
  if (!secret) return written === '' ? '(empty)' : written;
  const url = URL.parse(written);
  if (!url || url.host === '') return /^[a-z]+:[\w./~-]*$/.test(written) ? written : '(set)';
  const user = url.password === '' ? url.username && `${url.username}@` : `${url.username}:…@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${url.search && '?…'}`;
}
