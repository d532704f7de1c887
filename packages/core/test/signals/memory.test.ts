import { openMemorySignals } from '../../src/signals/memory.ts';
import { signalsConformance } from './signals.conformance.ts';

signalsConformance('the in-process adapter', async () => openMemorySignals());
