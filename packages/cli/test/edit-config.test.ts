import { expect, test } from 'vitest';
import { withoutPlugin, withPlugin } from '../src/plugins/edit-config.ts';

const NEW = { name: 'new', prefix: undefined };

test.each([
  ['an empty list', 'export default { plugins: [] };', "export default { plugins: ['new'] };"],
  ['a list on one line', "export default d({ plugins: ['a'] });", "export default d({ plugins: ['a', 'new'] });"],
  [
    'a list on lines, with comments',
    "export default d({\n  plugins: [\n    'a', // mails\n    ['b', { level: [1, 2] }],\n    // no more: ['x']\n  ],\n});",
    "export default d({\n  plugins: [\n    'a', // mails\n    ['b', { level: [1, 2] }],\n    'new',\n    // no more: ['x']\n  ],\n});",
  ],
  ['double quotes', 'export default { plugins: ["a"] };', 'export default { plugins: ["a", "new"] };'],
  [
    'no list, on lines',
    "export default d({\n    handlers: './h',\n});",
    "export default d({\n    plugins: ['new'],\n    handlers: './h',\n});",
  ],
  [
    'no list, one line',
    "export default d({ handlers: './h' });",
    "export default d({ plugins: ['new'], handlers: './h' });",
  ],
  ['nothing', 'export default d({});', "export default d({ plugins: ['new'] });"],
  [
    'a function of the mode',
    "export default d(({ mode }) => ({ handlers: `./{`, worker: { concurrency: mode === 'x' ? 1 : 4 / 2 } }));",
    "export default d(({ mode }) => ({ plugins: ['new'], handlers: `./{`, worker: { concurrency: mode === 'x' ? 1 : 4 / 2 } }));",
  ],
  [
    'plugins in a comment, a text and a pattern only',
    "// plugins: ['a']\nexport default d({ name: 'plugins: [', at: /plugins: [[]'/ });",
    "// plugins: ['a']\nexport default d({ plugins: ['new'], name: 'plugins: [', at: /plugins: [[]'/ });",
  ],
])('a plugin is added to %s, and all else stays', (_, source, changed) => {
  expect(withPlugin(source, NEW)).toBe(changed);
});

test('options are written as the configuration wants them', () => {
  expect(withPlugin('export default { plugins: [] };', { name: 'new', prefix: "it's." })).toBe(
    "export default { plugins: [['new', { prefix: 'it\\'s.' }]] };",
  );
});

test.each([
  ['a variable', 'const plugins = [];\nexport default { plugins };'],
  ['a call', 'export default { plugins: load() };'],
  ['two lists', 'const other = { plugins: [] };\nexport default { plugins: [] };'],
  ['a configuration from elsewhere', "export { default } from './other.ts';"],
])('a list that is %s is left alone', (_, source) => {
  expect(withPlugin(source, NEW)).toBeUndefined();
});

test.each([
  ['the only one', "{ plugins: ['new'] }", '{ plugins: [] }'],
  ['the first', "{ plugins: ['new', 'a'] }", "{ plugins: ['a'] }"],
  ['the last', "{ plugins: ['a', ['new', { prefix: 'x.' }]] }", "{ plugins: ['a'] }"],
  [
    'a line with its comment',
    "{ plugins: [\n  'a', // mails\n  'new', // of no use\n  // more\n  load(),\n] }",
    "{ plugins: [\n  'a', // mails\n  // more\n  load(),\n] }",
  ],
])('%s is taken out, and all else stays', (_, source, changed) => {
  expect(withoutPlugin(`export default ${source};`, 'new')).toBe(`export default ${changed};`);
});

test('what is not named there as a text is not taken out', () => {
  expect(withoutPlugin("export default { plugins: [name, ...more, 'new' + x] };", 'new')).toBeUndefined();
});
