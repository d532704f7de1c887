/** Where a value would become another one in JSON, in words; undefined when it would not. Members that are undefined may go. */
export function changeInJson(value: unknown): string | undefined {
  return value === undefined ? undefined : changeAt(value, '', new Set());
}

function changeAt(value: unknown, pointer: string, parents: Set<object>): string | undefined {
  const where = pointer === '' ? 'it' : pointer;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${where} is ${value} and becomes null`;
    case 'bigint':
      return `${where} is a bigint, which JSON does not have`;
    case 'object':
      return value === null ? undefined : changeInObject(value, { pointer, where, parents });
    default:
      return `${where} is ${value === undefined ? 'undefined' : `a ${typeof value}`} and gets lost`;
  }
}

interface Place {
  pointer: string;
  where: string;
  parents: Set<object>;
}

function changeInObject(value: object, { pointer, where, parents }: Place): string | undefined {
  if (parents.has(value)) return `${where} contains itself, which JSON cannot write`;
  if (!isPlain(value))
    return `${where} is a ${value.constructor?.name ?? 'object of a class'} and becomes ${formOf(value)}`;
  const within = new Set([...parents, value]);
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined && !Array.isArray(value)) continue;
    const change = changeAt(member, `${pointer}/${key}`, within);
    if (change) return change;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (Array.isArray(value) || prototype === null || prototype === Object.prototype) && !('toJSON' in value);
}

function formOf(value: object): string {
  try {
    const text = JSON.stringify(value);
    return text.startsWith('"') ? 'a string' : text.startsWith('{') ? 'a plain object' : text.slice(0, 40);
  } catch {
    return 'nothing that JSON can write';
  }
}
