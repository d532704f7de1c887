/**
 * The lines of a page that are not in what was printed, in their order. What is printed may have more lines. `…` in a line
 * stands for anything, spaces for any number of them: columns are as wide as what is in them.
 */
export function missingLines(shown: string, printed: string): string[] {
  const lines = printed.split('\n');
  let from = 0;
  return shown.split('\n').filter((line) => {
    if (line.trim() === '') return false;
    const at = lines.findIndex((each, index) => index >= from && patternOf(line).test(each));
    if (at < 0) return true;
    from = at + 1;
    return false;
  });
}

function patternOf(line: string): RegExp {
  const literal = line.trim().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^\\s*${literal.replace(/\s+/g, '\\s+').replaceAll('…', '.*')}\\s*$`);
}
