/** Whether something can do its work now, in the shape that Spring's health endpoint made common. */
export interface HealthReport {
  status: HealthStatus;
  components: Record<string, Component>;
}

export type HealthStatus = 'UP' | 'DOWN';

export interface Component {
  status: HealthStatus;
  details?: Record<string, unknown>;
}

/**
 * Asks all components at once. One that throws is down, and so is one that has not answered after 2 s: a health check
 * that hangs tells its caller nothing.
 */
export function healthOf(
  components: Record<string, () => Promise<Component> | Component>,
): () => Promise<HealthReport> {
  return async () => {
    const answers = await Promise.all(
      Object.entries(components).map(async ([name, check]) => [name, await limited(check)] as const),
    );
    const isUp = answers.every(([, { status }]) => status === 'UP');
    return { status: isUp ? 'UP' : 'DOWN', components: Object.fromEntries(answers) };
  };
}

/** A component from a yes or no. */
export function upWhen(isUp: boolean, detail?: string): Component {
  return { status: isUp ? 'UP' : 'DOWN', ...(detail !== undefined && { details: { detail } }) };
}

async function limited(check: () => Promise<Component> | Component): Promise<Component> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<Component>((resolve) => {
    timer = setTimeout(() => resolve(upWhen(false, `no answer within ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
  });
  try {
    return await Promise.race([check(), silence]);
  } catch (error) {
    return upWhen(false, error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

const LIMIT_MS = 2_000;
