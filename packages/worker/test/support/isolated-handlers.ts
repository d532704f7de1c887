import { fileURLToPath } from 'node:url';

/** Handlers that behave and handlers that do not, for child processes. */
export const isolatedHandlers = fileURLToPath(new URL('../fixtures/isolated', import.meta.url));
