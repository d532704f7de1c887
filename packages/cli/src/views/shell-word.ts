/** A word as a POSIX shell takes it: in quotes where it would be taken apart. */
export function shellWord(word: string): string {
  return /^[\w.,:=@/+…-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
