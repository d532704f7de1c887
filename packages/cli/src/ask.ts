import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { interrupted } from './cli-error.ts';
import type { Surroundings } from './surroundings.ts';

type Terminal = Pick<Surroundings, 'stdin' | 'stderr'>;

export async function askText(terminal: Terminal, question: string, preset?: string): Promise<string> {
  const shown = preset === undefined ? question : `${question} (${preset})`;
  const answer = await ask(terminal, `? ${shown}  `, terminal.stderr);
  return answer.trim() || (preset ?? '');
}

/** Nothing of the answer is shown, not even its length. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  // readline echoes to its output, so its output is nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  terminal.stderr.write(`? ${question}  `);
  try {
    return await ask(terminal, '', nowhere);
  } finally {
    terminal.stderr.write('\n');
  }
}

function ask({ stdin }: Terminal, prompt: string, output: NodeJS.WritableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
    // Ctrl-C and Ctrl-D end the question without an answer.
    lines.on('SIGINT', () => lines.close());
    lines.on('close', () => reject(interrupted()));
    lines.question(prompt, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
