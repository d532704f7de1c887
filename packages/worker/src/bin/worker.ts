#!/usr/bin/env node
import { runWorker } from '../run-worker.ts';

await runWorker();
