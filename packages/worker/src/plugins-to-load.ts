import type { PluginSource } from './handlers-in-plugin.ts';

/** Those that the settings name, with the options that they were given, and those that were given themselves. */
export function pluginsToLoad(names: readonly string[], given: readonly PluginSource[] = []): PluginSource[] {
  const named = names.map((name) => given.find(({ plugin }) => plugin === name) ?? { plugin: name });
  return [...named, ...given.filter(({ plugin }) => typeof plugin !== 'string')];
}
