import { usageError } from './cli-error.ts';

/** Where the text behind an `@` comes from; `-` is stdin. */
export type ReadSource = (path: string) => Promise<string>;

type Node = { [key: string]: unknown };

/** The payload that `--payload` and fields make: fields are laid over the payload. Undefined when neither is given. */
export async function readPayload(
  read: ReadSource,
  { payload, fields, base: known }: { payload?: string | undefined; fields: readonly string[]; base?: unknown },
): Promise<unknown> {
  const given = payload === undefined ? undefined : parseJson(await payloadText(read, payload), '--payload');
  // What the fields are laid over when no payload is given; alone it says nothing.
  const base = given ?? (fields.length > 0 ? known : undefined);
  if (fields.length === 0) return base;
  if (base !== undefined && !isObject(base)) {
    throw usageError('fields can only be laid over a payload that is an object', {
      why: `It is ${kindOf(base)}.`,
    });
  }
  const root: Node = isObject(base) ? base : {};
  for (const field of fields) await setField(read, root, field);
  return root;
}

async function payloadText(read: ReadSource, payload: string): Promise<string> {
  if (payload === '-') return read('-');
  return payload.startsWith('@') ? read(payload.slice(1)) : payload;
}

const FIELD = /^([^=]+?)(:?)=(.*)$/s;

async function setField(read: ReadSource, root: Node, field: string): Promise<void> {
  const [, key, isJson, text = ''] = FIELD.exec(field) ?? [];
  if (key === undefined) {
    throw usageError(`${field.slice(0, 40)} is no field`, {
      why: 'Fields look like to=ada@example.com, n:=3 or body=@mail.txt.',
    });
  }
  const value = text.startsWith('@') ? await read(text.slice(1)) : text;
  place(root, pathOf(key), isJson ? parseJson(value, key) : value);
}

/** `user.name`, `user[name]` and `tags[]` as steps; an empty step appends. */
function pathOf(key: string): string[] {
  const [, head = '', rest = ''] = /^([^[]*)(.*)$/s.exec(key) ?? [];
  const inBrackets = [...rest.matchAll(/\[([^\]]*)\]/g)];
  if (inBrackets.map(([whole]) => whole).join('') !== rest)
    throw usageError(`${key} has a bracket too many or too few`);
  const steps = [...head.split('.'), ...inBrackets.map(([, step = '']) => step)];
  if (steps[0] === '' || head.split('.').includes('')) throw usageError(`${key} has an empty name`);
  if (steps.includes('__proto__')) throw usageError('__proto__ cannot be a name in a payload');
  return steps;
}

function place(root: Node, steps: readonly string[], value: unknown): void {
  let node: Node | unknown[] = root;
  steps.forEach((step, at) => {
    const next = steps[at + 1];
    const isLast = next === undefined;
    const key = Array.isArray(node) ? (step === '' ? String(node.length) : step) : step;
    const slots = node as Node;
    if (Array.isArray(node) && !/^\d{1,4}$/.test(key))
      throw usageError(`${steps.join('.')} names a list by something else than a number`);
    if (isLast) slots[key] = value;
    else if (!isContainer(own(slots, key))) slots[key] = next === '' ? [] : {};
    if (!isLast) node = slots[key] as Node | unknown[];
  });
}

function own(node: Node, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/** `key=value` pairs that stay flat and text: `--meta`. Values after `:=` are JSON. */
export async function readPairs(read: ReadSource, pairs: readonly string[]): Promise<Node | undefined> {
  if (pairs.length === 0) return undefined;
  const root: Node = {};
  for (const pair of pairs) await setField(read, root, pair);
  return root;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(`${what} is not JSON`, { why: `${(error as Error).message}.` });
  }
}

function isObject(value: unknown): value is Node {
  return isContainer(value) && !Array.isArray(value);
}

function isContainer(value: unknown): value is Node | unknown[] {
  return typeof value === 'object' && value !== null;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
