import type { Comment, CommentDisplayPart } from 'typedoc';

/** A docstring as Markdown: what it says, what it throws, its examples. Empty when there is none. */
export function docstringText(comment: Comment | undefined): string {
  if (!comment) return '';
  const tagged = (tag: `@${string}`) =>
    comment.blockTags.filter((each) => each.tag === tag).map(({ content }) => text(content));
  return [
    text(comment.summary),
    ...tagged('@returns').map((what) => `**Returns** ${what}`),
    ...tagged('@throws').map((what) => `**Throws** ${what.replace(/^([A-Z]\w+(?:Error|Refused))\b/, '`$1`')}`),
    ...tagged('@example'),
  ]
    .filter(Boolean)
    .join('\n\n');
}

// A line break of the source is none of the text; in a list or in code it stays.
function text(parts: readonly CommentDisplayPart[]): string {
  return parts
    .map((part) => part.text)
    .join('')
    .trim();
}
