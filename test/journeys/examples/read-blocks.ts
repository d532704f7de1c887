/** Commands of a page, and what it says that one sees after them. */
export interface Block {
  commands: string;
  /** Undefined where the page shows nothing. */
  shown?: string;
}

/** The blocks of commands on a page; a block of text right after one is its output. */
export function readBlocks(page: string): Block[] {
  const fences = Array.from(page.matchAll(/^```(bash|text)\n(.*?)^```$/gms), ([, kind, text = '']) => ({ kind, text }));
  return fences.flatMap(({ kind, text }, at) => {
    if (kind !== 'bash') return [];
    const next = fences[at + 1];
    return [next?.kind === 'text' ? { commands: text, shown: next.text } : { commands: text }];
  });
}
