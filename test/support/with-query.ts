import type { Database } from '@cloudtask/core/database/database';

type Intercept = (name: string, query: () => Promise<never[]>, values: readonly unknown[]) => Promise<never[]>;

/** The real database, with something between it and those who ask: to break it, to hold it, or to look on. */
export function withQuery(database: Database, intercept: Intercept): Database {
  return new Proxy(database, {
    get(target, property) {
      if (property === 'query') {
        return (statement: { name: string; text: string }, values: readonly unknown[]) =>
          intercept(statement.name, () => target.query(statement, values), values);
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
