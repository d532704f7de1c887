// Payloads, results and errors are other people's text: what controls a terminal must not reach it.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** On one line, and nothing that moves the cursor or hides text. */
export function printable(text: string): string {
  return text.replace(CONTROLS, ' ').trim();
}

export function truncate(text: string, width: number, ellipsis = '…'): string {
  return text.length <= width ? text : text.slice(0, Math.max(0, width - ellipsis.length)) + ellipsis;
}
