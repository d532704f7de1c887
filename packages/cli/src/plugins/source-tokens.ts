/** A piece of TypeScript or JavaScript that means something: no space, and no comment. */
export interface Token {
  kind: 'word' | 'text' | 'sign';
  start: number;
  end: number;
  /** As it is written; of a text in quotes: what it says. */
  value: string;
}

const FORMS: [kind: Token['kind'] | 'nothing', form: RegExp][] = [
  ['nothing', /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\//y],
  ['text', /'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"/y],
  ['word', /[\p{ID_Start}$_][\p{ID_Continue}$]*|\d[\w.]*/uy],
  ['sign', /`(?:\\[\s\S]|[^`\\])*`|=>|\.\.\./y],
];
// After a value a slash divides.
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/y;

/**
 * The tokens of a source. Knows as much of the language as it takes to find a list in it and nothing in comments and texts;
 * whoever changes a source by it runs what came out before he believes it.
 */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length; ) {
    const token = tokenAt(source, at, tokens.at(-1));
    if (token.kind !== 'nothing') tokens.push({ ...token, kind: token.kind });
    at = token.end;
  }
  return tokens;
}

function tokenAt(source: string, start: number, before: Token | undefined) {
  for (const [kind, form] of FORMS) {
    const written = matchAt(form, source, start);
    if (written !== undefined) return { kind, start, end: start + written.length, value: meaningOf(kind, written) };
  }
  const isAfterValue = before !== undefined && (before.kind !== 'sign' || [')', ']', '}'].includes(before.value));
  const written = (!isAfterValue && matchAt(PATTERN, source, start)) || (source[start] ?? '');
  return { kind: 'sign' as const, start, end: start + written.length, value: written };
}

function matchAt(form: RegExp, source: string, at: number): string | undefined {
  form.lastIndex = at;
  return form.exec(source)?.[0];
}

function meaningOf(kind: string, written: string): string {
  return kind === 'text' ? written.slice(1, -1).replace(/\\([\s\S])/g, '$1') : written;
}
