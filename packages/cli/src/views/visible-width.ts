import { stripVTControlCharacters } from 'node:util';

// Columns that a terminal gives a character: East Asian wide forms and emoji take two, marks that join the one before none.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const JOINED = /^(?:\p{Mn}|\p{Me}|[\u200b-\u200d]|[\ufe00-\ufe0f])+$/u;
const segments = new Intl.Segmenter();

/** How many columns of a terminal a text takes; colours take none. */
export function visibleWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
  if (/^[\u0000-\u007f]*$/.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of segments.segment(plain)) width += columnsOf(segment);
  return width;
}

/** The text in exactly so many columns: cut with an ellipsis or filled with spaces. Colours survive the cut. */
export function fitWidth(text: string, columns: number, ellipsis = '…'): string {
  const width = visibleWidth(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  const room = columns - visibleWidth(ellipsis);
  if (room < 0) return ' '.repeat(Math.max(0, columns));
  let shown = '';
  let used = 0;
  for (const { style, segment } of pieces(text)) {
    if (style !== undefined) shown += style;
    else {
      const next = columnsOf(segment);
      // Not `break`: the codes that switch a colour off come after what is cut.
      if (used + next > room) used = Number.POSITIVE_INFINITY;
      else {
        shown += segment;
        used += next;
      }
    }
  }
  const cut = shown + ellipsis;
  return cut + ' '.repeat(Math.max(0, columns - visibleWidth(cut)));
}

type Piece = { style: string; segment?: never } | { style?: never; segment: string };

function* pieces(text: string): Generator<Piece> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with ESC.
  for (const part of text.split(/(\u001b\[[\d;]*m)/)) {
    if (part.startsWith('\u001b[')) yield { style: part };
    else for (const { segment } of segments.segment(part)) yield { segment };
  }
}

function columnsOf(segment: string): number {
  if (JOINED.test(segment)) return 0;
  return WIDE.test(segment) || segment.includes('\ufe0f') ? 2 : 1;
}
