import { once } from 'node:events';
import type { Surroundings } from '../surroundings.ts';
import { escapeHidden } from '../views/escape-hidden.ts';
import { fitLine } from '../views/fit-line.ts';
import { LiveLine } from '../views/live-line.ts';
import { makeStyle, type Style } from '../views/style.ts';
import { yamlText } from '../views/yaml.ts';
import type { Presentation } from './presentation.ts';

/** stdout is the answer, stderr is the conversation: nothing else of the command writes to either. */
export class Output {
  readonly look: Presentation;
  /** For what goes to stdout. */
  readonly style: Style;
  /** For what goes to stderr. */
  readonly sayStyle: Style;
  /** Command lines of ours within a text, as they have to be typed here. */
  readonly typed: (text: string) => string;
  readonly #streams: Pick<Surroundings, 'stdout' | 'stderr'>;
  readonly #live: LiveLine;
  #held: (() => void)[] | undefined;
  #page: string[] | undefined;

  constructor(
    look: Presentation,
    streams: Pick<Surroundings, 'stdout' | 'stderr'>,
    typed: (text: string) => string = (text) => text,
  ) {
    this.look = look;
    this.typed = typed;
    this.style = makeStyle(look.color.stdout);
    this.sayStyle = makeStyle(look.color.stderr);
    this.#streams = streams;
    this.#live = new LiveLine(streams.stderr);
  }

  get mode(): Presentation['mode'] {
    return this.look.mode;
  }

  /** A line of the answer. */
  answer(line: string): void {
    if (this.#page) this.#page.push(`${line}\n`);
    else this.#write('stdout', line);
  }

  /** From here on the answer is kept for a pager, where there is a terminal for one. Not for what comes in the course of time. */
  page(): void {
    if (this.look.pager) this.#page ??= [];
  }

  /** What was kept for a pager; empty when nothing was. */
  takePage(): string {
    const text = this.#page?.join('') ?? '';
    this.#page = undefined;
    return text;
  }

  /** The answer is for programs: it is given with `data()`. */
  get isData(): boolean {
    return this.mode === 'json' || this.mode === 'jsonl' || this.mode === 'yaml';
  }

  /** A value of the answer: on several lines as `json` and `yaml`, on one as `jsonl`. Null is an answer like others. */
  data(value: unknown): void {
    const known = value ?? null;
    if (this.mode === 'yaml') this.answer(yamlText(known));
    else this.answer(escapeHidden(JSON.stringify(known, null, this.mode === 'jsonl' ? undefined : 2)));
  }

  /** One of many values that come in the course of time: a line each, or a YAML document each. */
  event(value: unknown): void {
    this.answer(this.mode === 'yaml' ? `---\n${yamlText(value)}` : escapeHidden(JSON.stringify(value)));
  }

  /** Resolves when whoever reads stdout keeps up: an answer without end must not pile up in memory. */
  async drained(): Promise<void> {
    const { stdout } = this.#streams;
    if (stdout.writableNeedDrain) await once(stdout, 'drain');
  }

  /** A line of the conversation; `--quiet` takes it away. */
  say(line: string): void {
    if (!this.look.quiet) this.warn(line);
  }

  /** A line of the conversation that stays under `--quiet`. */
  warn(line: string): void {
    const width = this.#streams.stderr.isTTY === true ? this.look.width : Number.POSITIVE_INFINITY;
    for (const part of line.split('\n').flatMap((each) => fitLine(each, width))) this.#write('stderr', part);
  }

  /** Keeps lines back until the answer is called: while a question has the terminal. */
  hold(): () => void {
    const held: (() => void)[] = [];
    this.#held = held;
    return () => {
      this.#held = undefined;
      for (const write of held) write();
    };
  }

  #write(to: 'stdout' | 'stderr', line: string): void {
    const write = () => this.#live.above(() => this.#streams[to].write(`${line}\n`));
    if (this.#held) this.#held.push(write);
    else write();
  }

  /** What to do next, for people only. */
  next(...commands: string[]): void {
    if (!this.look.hints) return;
    commands.forEach((command, at) => {
      this.say(`  ${at === 0 ? this.sayStyle.dim('Next:') : '     '}  ${this.typed(command)}`);
    });
  }

  /** Keeps a line up to date until `close()`, where there is a terminal to do so. */
  live(draw: () => string): void {
    if (this.look.live) this.#live.show(draw);
  }

  close(): void {
    this.#live.close();
  }
}
