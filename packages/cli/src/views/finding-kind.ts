import type { Finding } from '../doctor/finding.ts';
import type { Kind } from '../output/answer.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';

/** What `doctor` found. */
export const findingKind: Kind<Finding> = {
  id: ({ id }) => id,
  columns: [
    { title: 'LEVEL', text: ({ level }) => level },
    { title: 'CHECK', text: ({ id }) => id },
    { title: 'MESSAGE', text: ({ message }) => message },
    { title: 'FIX', text: ({ fix }) => fix ?? '' },
  ],
  line({ level, message, fix }, look) {
    const help =
      fix === null ? '' : `\n      ${look.style.dim(look.unicode ? '→' : '->')} ${printable(look.typed?.(fix) ?? fix)}`;
    return `  ${mark(level, look)} ${printable(message)}${help}`;
  },
};
