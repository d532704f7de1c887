import type { Hook } from '@oclif/core';
import { usageError } from '../cli-error.ts';
import { closest } from '../closest.ts';

/** A word that is no command: says which one was probably meant, and runs nothing. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const words = id.split(':');
  const [first = ''] = words;
  const known = config.commands.filter(({ hidden }) => !hidden).flatMap((command) => [command.id, ...command.aliases]);
  // `login ada@example.com hunter2`: the words too many are counted, not shown.
  for (let length = words.length - 1; length > 0; length--) {
    const command = words.slice(0, length);
    if (!known.includes(command.join(':'))) continue;
    throw usageError(`${words.length - length} word(s) too many after ${command.join(' ')}`, {
      tryThis: `cloudtask help ${command.join(' ')}`,
    });
  }
  const topics = config.topics.map(({ name }) => name);
  const isTopic = topics.includes(first);
  // `schedules craete nightly`: of a topic's command there are two words, and the rest are its arguments.
  const two = words.slice(0, 2).join(':');
  const meant = closest(two, known) ?? (isTopic ? undefined : closest(first, [...known, ...topics]));
  throw usageError(isTopic ? `${first} has no such command` : `${first} is not a cloudtask command`, {
    ...(meant === undefined ? {} : { why: `Did you mean ${meant.replaceAll(':', ' ')}?` }),
    tryThis: isTopic ? `cloudtask help ${first}` : 'cloudtask help',
  });
};

export default commandNotFound;
