// Sends the traces of a CloudTask process to an OpenTelemetry collector. Loaded before the program:
//
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 node --import /path/to/tracing.mjs packages/worker/dist/bin/worker.js
//
// Not by NODE_OPTIONS: npm, and whatever the program starts, would each get an SDK too.
//
// What it needs, beside this file or above it (docs/tracing.md has the versions it was tried with):
//   npm install @opentelemetry/api @opentelemetry/core @opentelemetry/sdk-trace @opentelemetry/resources
//               @opentelemetry/exporter-trace-otlp-http @opentelemetry/context-async-hooks
import { isMainThread } from 'node:worker_threads';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const [, file, role] = process.argv;
// Both load this file as well. What they do is told by the program; and a child has none of its settings, so it would send
// to another collector.
const isThread = !isMainThread;
const isChildOfWorker = /[\\/]isolation[\\/]child\.[jt]s$/.test(file ?? '');
if (!isThread && !isChildOfWorker) start();

function start() {
  const name = file?.match(/([\w-]+)\.[cm]?[jt]s$/)?.[1] ?? file?.split('/').at(-1);
  // The entrypoint of the image runs whichever program its first argument names.
  const program = name === 'run-role' ? role : name;
  const ratio = Number(process.env.OTEL_TRACES_SAMPLER_ARG || 1);
  if (!(ratio >= 0 && ratio <= 1)) {
    console.error('OTEL_TRACES_SAMPLER_ARG is the share of traces that are recorded: set it to a number from 0 to 1');
    process.exit(2);
  }

  trace.setGlobalTracerProvider(
    new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': program ?? 'cloudtask' }))
        .merge(detectResources({ detectors: [envDetector] })),
      // Who asks decides for the whole trace; of the traces that begin here so large a part is recorded.
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
      // An object: given the exporter alone this version of the SDK records nothing, without a word.
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1_000 })],
    }),
  );
  // With these a handler's own spans, and requests of instrumented HTTP clients, join the trace of the job.
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}
