import { usageError } from '../errors/cli-error.ts';

/** Where the text behind an `@` comes from; `-` is stdin. */
export type ReadSource = (path: string) => Promise<string>;

type Node = { [key: string]: unknown };

interface Path {
  steps: string[];
  /** Of each step: whether it begins a list where there is nothing yet, `[]` or `[0]`. Other numbers may be names. */
  places: boolean[];
}

/** A field before it has its value: text is what the schema of a type makes of it. */
export type Field = Path & { name: string } & ({ isJson: true; json: unknown } | { isJson: false; text: string });
/** Gives each field its value, in order. */
export type ConvertFields = (fields: readonly Field[]) => Promise<unknown[]>;

const asTyped: ConvertFields = async (fields) => fields.map((each) => (each.isJson ? each.json : each.text));

interface PayloadInput {
  payload?: string | undefined;
  fields: readonly string[];
  base?: unknown;
  /** Default: text stays text. */
  convert?: ConvertFields | undefined;
}

/** The payload that `--payload` and fields make: fields are laid over the payload. Undefined when neither is given. */
export async function readPayload(
  read: ReadSource,
  { payload, fields, base: known, convert = asTyped }: PayloadInput,
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
  await setFields(read, root, fields, convert);
  return root;
}

async function setFields(read: ReadSource, root: Node, words: readonly string[], convert: ConvertFields) {
  const fields: Field[] = [];
  for (const word of words) fields.push(await readField(read, word));
  const values = await convert(fields);
  for (const [at, field] of fields.entries()) place(root, field, values[at]);
}

async function payloadText(read: ReadSource, payload: string): Promise<string> {
  if (payload === '-') return read('-');
  return payload.startsWith('@') ? read(payload.slice(1)) : payload;
}

const FIELD = /^([^=]+?)(:?)=(.*)$/s;

async function readField(read: ReadSource, field: string): Promise<Field> {
  const [, key, isJson, text = ''] = FIELD.exec(field) ?? [];
  if (key === undefined) {
    throw usageError(`${field.slice(0, 40)} is no field`, {
      why: 'Fields look like to=ada@example.com, n:=3 or body=@mail.txt.',
    });
  }
  const value = text.startsWith('@') ? await read(text.slice(1)) : text;
  const path = pathOf(key);
  return isJson
    ? { name: key, ...path, isJson: true, json: parseJson(value, key) }
    : { name: key, ...path, isJson: false, text: value };
}

export function isField(word: string): boolean {
  return FIELD.test(word);
}

/** Whether a word is a field whose value is text so far. */
export function isTextField(word: string): boolean {
  return FIELD.exec(word)?.[2] === '';
}

/** `user.name`, `user[name]`, `tags[]` and `items[0].sku` as steps; an empty step appends. */
function pathOf(key: string): Path {
  const [, head = '', rest = ''] = /^([^[]*)(.*)$/s.exec(key) ?? [];
  const below = [...rest.matchAll(/\[([^\]]*)\]|\.([^.[\]]+)/g)];
  if (below.map(([whole]) => whole).join('') !== rest) throw usageError(`${key} has a bracket too many or too few`);
  const inHead = head.split('.');
  const steps = [...inHead, ...below.map(([, inBrackets, name]) => inBrackets ?? name ?? '')];
  const places = [...inHead.map(() => false), ...below.map(([, inBrackets]) => /^0?$/.test(inBrackets ?? '-'))];
  if (inHead.includes('')) throw usageError(`${key} has an empty name`);
  if (steps.includes('__proto__')) throw usageError('__proto__ cannot be a name in a payload');
  return { steps, places };
}

function place(root: Node, { steps, places }: Path, value: unknown): void {
  let node: Node | unknown[] = root;
  steps.forEach((step, at) => {
    const next = steps[at + 1];
    const isLast = next === undefined;
    const key = Array.isArray(node) ? (step === '' ? String(node.length) : step) : step;
    const slots = node as Node;
    if (Array.isArray(node)) checkIndex(node, key, steps.slice(0, at).join('.'));
    if (isLast) slots[key] = value;
    else if (!isContainer(own(slots, key))) slots[key] = places[at + 1] ? [] : {};
    if (!isLast) node = slots[key] as Node | unknown[];
  });
}

function checkIndex({ length }: readonly unknown[], key: string, list: string): void {
  if (!/^\d+$/.test(key)) {
    const why = `Say which of it: ${list}[0].${key}=… is of the first one, ${list}[].${key}=… of a new one.`;
    throw usageError(`${list} is a list, and ${key} is no place in it`, { why });
  }
  // JSON has no holes.
  if (Number(key) <= length) return;
  const items = length === 1 ? 'item' : 'items';
  throw usageError(`${list} has ${length} ${items}, and no place ${key}`, { why: `${list}[] is a new item.` });
}

function own(node: Node, key: string): unknown {
  return Object.hasOwn(node, key) ? node[key] : undefined;
}

/** `key=value` pairs that stay flat and text: `--meta`. Values after `:=` are JSON. */
export async function readPairs(read: ReadSource, pairs: readonly string[]): Promise<Node | undefined> {
  if (pairs.length === 0) return undefined;
  const root: Node = {};
  await setFields(read, root, pairs, asTyped);
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
