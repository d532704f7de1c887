import { openServices } from './open-services.ts';
import { platformConformance } from './platform.conformance.ts';

platformConformance('the embedded platform', () =>
  openServices({ databaseUrl: 'pglite:memory', brokerUrl: 'memory:', signalsUrl: 'memory:' }),
);
