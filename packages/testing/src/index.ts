export { type HandlerFailure, type HandlerRun, type RunHandlerOptions, runHandler } from './run-handler.ts';
export { createTestClient, type TestClient, type TestClientOptions } from './test-client.ts';
export { createTestClock, type TestClock } from './test-clock.ts';
export type { Drained, DrainOptions } from './work.ts';
