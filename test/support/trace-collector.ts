import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface CollectedSpan {
  name: string;
  /** Of the process that recorded it. */
  service: unknown;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace that came with no parent. */
  parentSpanId: string;
  links: string[];
  attributes: Record<string, unknown>;
  isError: boolean;
  startedAt: bigint;
}

export interface TraceCollector {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT is to be. */
  readonly url: string;
  /** Of a trace, oldest first. */
  spans(traceId: string): CollectedSpan[];
  /** All that was sent, as it came. */
  text(): string;
  close(): Promise<void>;
}

/** As much of an OpenTelemetry collector as a test needs: OTLP over HTTP, in JSON. */
export async function startTraceCollector(): Promise<TraceCollector> {
  const bodies: Otlp[] = [];
  const server = createServer(async (request, response) => {
    bodies.push((await json(request)) as Otlp);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans: (traceId) =>
      bodies
        .flatMap(collected)
        .filter((span) => span.traceId === traceId)
        .sort((a, b) => (a.startedAt < b.startedAt ? -1 : a.startedAt > b.startedAt ? 1 : 0)),
    text: () => JSON.stringify(bodies),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Otlp {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

interface OtlpSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  links?: { spanId: string }[];
  attributes: Attribute[];
  status?: { code?: number };
  startTimeUnixNano: string;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

const ERROR = 2;

function collected({ resourceSpans }: Otlp): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap(({ spans }) => spans)
      .map(({ name, traceId, spanId, parentSpanId = '', links = [], attributes, status, startTimeUnixNano }) => ({
        ...{ name, traceId, spanId, parentSpanId },
        service: valuesOf(resource.attributes)['service.name'],
        links: links.map((link) => link.spanId),
        attributes: valuesOf(attributes),
        isError: status?.code === ERROR,
        startedAt: BigInt(startTimeUnixNano),
      })),
  );
}

function valuesOf(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
