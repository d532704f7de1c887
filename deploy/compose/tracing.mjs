// Sends the traces of a CloudTask process to an OpenTelemetry collector. Loaded before the program:
//
//   NODE_OPTIONS=--import=/path/to/tracing.mjs OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 cloudtask-worker
//
// What it needs, beside this file or above it (docs/tracing.md has the versions it was tried with):
//   npm install @opentelemetry/api @opentelemetry/sdk-trace @opentelemetry/exporter-trace-otlp-http
//               @opentelemetry/context-async-hooks @opentelemetry/resources
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const program = process.argv[1]?.match(/([\w-]+)\.[cm]?[jt]s$/)?.[1] ?? process.argv[1]?.split('/').at(-1);
const ratio = Number(process.env.OTEL_TRACES_SAMPLER_ARG ?? 1);

trace.setGlobalTracerProvider(
  new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME ?? program ?? 'cloudtask' }),
    // Who asks decides for the whole trace; of the traces that begin here so large a part is recorded.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    // An object: given the exporter alone this version of the SDK records nothing, without a word.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1_000 })],
  }),
);
// With it a handler's own spans, and those of instrumented HTTP clients, join the trace of the job.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
