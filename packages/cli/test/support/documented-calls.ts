import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A command line of ours as a page has it. */
export interface DocumentedCall {
  /** `docs/cli.md: cloudtask jobs list -s failed`. */
  place: string;
  /** Without `cloudtask`; what stands in quotes is left out. */
  words: string[];
}

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PAGES = ['*.md', 'docs/*.md', 'examples/*/*.md', 'deploy/*/*.md', 'packages/*/README.md'];
const TEMPLATES = 'packages/cli/templates/**/*.md';

/** Every command line of ours in the code of the pages that people read. */
export async function documentedCalls(): Promise<DocumentedCall[]> {
  const calls: DocumentedCall[] = [];
  for await (const page of glob([...PAGES, TEMPLATES], { cwd: ROOT })) {
    // It tells of every version.
    if (page === 'CHANGELOG.md') continue;
    const text = (await readFile(`${ROOT}${page}`, 'utf8')).replaceAll('\\\n', ' ');
    for (const code of codeOf(text)) {
      for (const [, line = ''] of code.matchAll(CALL)) {
        const words = line.replaceAll(QUOTED, ' ').split(/\s+/).filter(Boolean);
        if (words.length > 0) calls.push({ place: `${page}: cloudtask ${line.trim()}`, words });
      }
    }
  }
  return calls;
}

/** What is fenced, and what stands between backticks. */
function codeOf(text: string): string[] {
  const fenced = [...text.matchAll(/^ *```[^\n]*\n([\s\S]*?)^ *```/gm)].map(([, code = '']) => code);
  const rest = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...fenced, ...[...rest.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)];
}

/** A call of the program, to the end of it: not a package, a path or a file of that name. */
const CALL = /(?<![\w@/.:-])cloudtask ((?:'[^'\n]*'|"[^"\n]*"|[^'"\n|;&)#>])*)/g;
const QUOTED = /'[^'\n]*'|"[^"\n]*"/g;
