import { fileURLToPath } from 'node:url';

/** The root of the clone, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));
export const composeFolder = `${repository}deploy/compose`;
