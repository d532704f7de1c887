// Beyond what JSON itself escapes: controls of terminals, and what turns the direction of text or hides it.
const HIDDEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** The same JSON, with nothing in it that a terminal obeys. Readers get back the very characters. */
export function escapeHidden(json: string): string {
  return json.replace(HIDDEN, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
