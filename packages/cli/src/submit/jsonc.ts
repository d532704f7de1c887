import type { Json } from '@cloudtask/sdk';

/** JSON with comments and commas after the last member. Throws `SyntaxError` for everything else that is no JSON. */
export function readJsonc(text: string): Json {
  return JSON.parse(withoutLastCommas(withoutComments(text))) as Json;
}

// A text in quotes is matched first, and so left alone whatever is in it.
const QUOTED_OR_COMMENT = /"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const QUOTED_OR_COMMA = /"(?:\\.|[^"\\])*"|(?<=["\w}\]]\s*),(?=\s*[}\]])/g;

// Blanks of the same length: places in errors stay true.
function withoutComments(text: string): string {
  return text.replace(QUOTED_OR_COMMENT, (found) => (found.startsWith('"') ? found : found.replace(/[^\n]/g, ' ')));
}

function withoutLastCommas(text: string): string {
  return text.replace(QUOTED_OR_COMMA, (found) => (found === ',' ? ' ' : found));
}
