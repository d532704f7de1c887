// The entrypoint of the image `runtime-with-traces`: registers an SDK of OpenTelemetry in this process, then runs the role.
// Not by `--import`: threads and child processes would each register one more. Where spans go is told by the SDK's own
// variables, OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME.
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

const ratio = Number(process.env.OTEL_TRACES_SAMPLER_ARG || 1);
if (!(ratio >= 0 && ratio <= 1)) {
  console.error('OTEL_TRACES_SAMPLER_ARG is the share of traces that are kept: set it to a number from 0 to 1');
  process.exit(2);
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(
  new TracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] })),
    // Of a trace all spans are kept or none, also where it began elsewhere.
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  }),
);

await import('../run-role.mjs');
