import type { Interfaces } from '@oclif/core';
import { closest } from '../closest.ts';
import { type CliError, usageError } from './cli-error.ts';

/** Words that are no command: says which one was probably meant. `also` are names that are known where these were typed. */
export function unknownCommand(
  config: Pick<Interfaces.Config, 'commands' | 'topics'>,
  words: readonly string[],
  also: readonly string[] = [],
): CliError {
  const [first = ''] = words;
  const known = config.commands.filter(({ hidden }) => !hidden).flatMap((command) => [command.id, ...command.aliases]);
  // `login ada@example.com hunter2`: the words too many are counted, not shown.
  for (let length = words.length - 1; length > 0; length--) {
    const command = words.slice(0, length);
    if (!known.includes(command.join(':'))) continue;
    return usageError(`${words.length - length} word(s) too many after ${command.join(' ')}`, {
      tryThis: `cloudtask help ${command.join(' ')}`,
    });
  }
  const topics = config.topics.map(({ name }) => name);
  const isTopic = topics.includes(first);
  // `schedules craete nightly`: of a topic's command there are two words, and the rest are its arguments.
  const two = words.slice(0, 2).join(':');
  const meant =
    (words.length > 1 ? closest(two, known) : undefined) ??
    (isTopic ? undefined : closest(first, [...known, ...topics, ...also]));
  return usageError(isTopic ? `${first} has no such command` : `${first} is not a cloudtask command`, {
    ...(meant === undefined ? {} : { why: `Did you mean ${meant.replaceAll(':', ' ')}?` }),
    tryThis: isTopic ? `cloudtask help ${first}` : 'cloudtask help',
  });
}
