import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { interrupted } from './errors/cli-error.ts';
import type { Surroundings } from './surroundings.ts';

/** A conversation at a terminal. Close it before anything else reads stdin. */
export interface Questions {
  text(question: string, preset?: string): Promise<string>;
  /** Nothing of the answer is shown, not even its length. */
  secret(question: string): Promise<string>;
  close(): void;
}

/**
 * One reader for all questions: while it is open the terminal itself echoes nothing, so a password that is typed or pasted early
 * stays unseen too.
 */
export function openQuestions({ stdin, stderr }: Pick<Surroundings, 'stdin' | 'stderr'>): Questions {
  let isHidden = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (isHidden) done();
      else stderr.write(chunk, done);
    },
  });
  const lines = createInterface({ input: stdin, output, terminal: true, historySize: 0 });
  let giveUp: (() => void) | undefined;
  // Ctrl-C and Ctrl-D end the question without an answer.
  lines.on('SIGINT', () => lines.close());
  lines.on('close', () => giveUp?.());

  function ask(prompt: string): Promise<string> {
    return new Promise((resolve, reject) => {
      giveUp = () => {
        // What comes next, a shell's prompt too, has a line of its own.
        if (!isHidden) stderr.write('\n');
        reject(interrupted());
      };
      lines.question(prompt, (answer) => {
        giveUp = undefined;
        resolve(answer);
      });
    });
  }

  return {
    async text(question, preset) {
      const shown = preset === undefined ? question : `${question} (${preset})`;
      return (await ask(`? ${shown}  `)).trim() || (preset ?? '');
    },
    async secret(question) {
      stderr.write(`? ${question}  `);
      isHidden = true;
      try {
        return await ask('');
      } finally {
        isHidden = false;
        stderr.write('\n');
      }
    },
    close: () => lines.close(),
  };
}
