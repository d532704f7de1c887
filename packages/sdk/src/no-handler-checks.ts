import { checkType } from './check-type.ts';

// Where no worker runs: a page that imports a handler by the way needs none of the checks.
export const checkHandlerOptions = (): void => {};
export const checkServices = (): void => {};
export const checkPlugin = (): void => {};
export const checkDefinition = ({ type }: { type: unknown }): void => checkType(type);
