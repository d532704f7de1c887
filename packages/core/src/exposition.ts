import { Registry } from 'prom-client';

export interface Exposition {
  /** For the header `content-type`. */
  type: string;
  body: string;
}

/**
 * The metrics of a registry for whoever asks with this `accept` header: as OpenMetrics when that is asked for by name,
 * as Prometheus' plain text otherwise. Only OpenMetrics carries exemplars, which lead from a slow request to its trace.
 */
export async function expose(registry: Registry, accept: string | undefined): Promise<Exposition> {
  const source = prefersOpenMetrics(accept) ? asOpenMetrics(registry) : registry;
  return { type: source.contentType, body: await source.metrics() };
}

/** No header, or one that takes anything, stays with the plain text: that is what people read. */
function prefersOpenMetrics(accept = ''): boolean {
  let [openMetrics, plain] = [0, 0];
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const parameter = (name: string) => parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
    const weight = Number(parameter('q') ?? 1);
    const version = parameter('version');
    if (type === 'application/openmetrics-text' && (version === undefined || version === '1.0.0')) {
      openMetrics = Math.max(openMetrics, weight);
    } else if (type === 'text/plain' && (version === undefined || version === '0.0.4')) {
      plain = Math.max(plain, weight);
    }
  }
  return openMetrics > 0 && openMetrics >= plain;
}

// A registry of the library that is asked for OpenMetrics renames its counters for good (`x_total` becomes `x`), and
// its plain text is wrong from then on. So each answer is written by a registry that sees copies of the names.
function asOpenMetrics(registry: Registry): Registry {
  const views = registry.getMetricsAsArray().map((metric) => viewOn(metric as unknown as Exposed));
  return Object.create(registry, {
    contentType: { value: Registry.OPENMETRICS_CONTENT_TYPE },
    getMetricsAsArray: { value: () => views },
  }) as Registry;
}

/** What the library itself uses of a metric when it writes it. Its types say less. */
interface Exposed {
  name: string;
  type: string;
  get(): Promise<object>;
  /** Of histograms. */
  getForPromString?(): Promise<object>;
}

function viewOn(metric: Exposed): Exposed {
  const view: Exposed = {
    name: metric.name,
    type: metric.type,
    get: async () => ({ ...(await (metric.getForPromString?.() ?? metric.get())), name: view.name }),
  };
  return view;
}
