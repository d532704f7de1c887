/** The server keeps the names of the original, also where neither RabbitMQ nor Redis is there: people read what each is for. */
const NAMES: Record<string, string> = { db: 'database', rabbit: 'broker', redis: 'signals' };

export function componentName(id: string): string {
  return NAMES[id] ?? id;
}
