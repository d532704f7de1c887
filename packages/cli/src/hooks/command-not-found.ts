import type { Hook } from '@oclif/core';
import { unknownCommand } from '../errors/unknown-command.ts';

/** A word that is no command runs nothing. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  throw unknownCommand(config, id.split(':'));
};

export default commandNotFound;
