import type { SignalChannel, SignalNote } from './signals.ts';

/** One message carries at most this many notes, about 50 KiB. */
export const MAX_NOTES_PER_MESSAGE = 500;

/** Gathers what is rung in one turn of the event loop, so that a batch of a hundred jobs costs one message, not a hundred. */
export class NoteGatherer {
  readonly #send: (channel: SignalChannel, notes: readonly SignalNote[]) => void;
  #gathered = new Map<SignalChannel, SignalNote[]>();
  #sending: NodeJS.Immediate | undefined;

  constructor(send: (channel: SignalChannel, notes: readonly SignalNote[]) => void) {
    this.#send = send;
  }

  add(channel: SignalChannel, notes: readonly SignalNote[]): void {
    if (notes.length === 0) return;
    const gathered = this.#gathered.get(channel);
    // In a loop: as arguments of one `push`, a hundred thousand notes overflow the stack.
    if (gathered) for (const note of notes) gathered.push(note);
    else this.#gathered.set(channel, [...notes]);
    this.#sending ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#sending);
    this.#sending = undefined;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    for (const [channel, notes] of gathered) {
      for (let start = 0; start < notes.length; start += MAX_NOTES_PER_MESSAGE) {
        this.#send(channel, notes.slice(start, start + MAX_NOTES_PER_MESSAGE));
      }
    }
  }
}

/** Undefined when it is not an array of notes: anybody who reaches Redis can publish there. */
export function parseNotes(message: string): SignalNote[] | undefined {
  if (message.length > MAX_MESSAGE_LENGTH) return undefined;
  try {
    const parsed: unknown = JSON.parse(message);
    return Array.isArray(parsed) && parsed.length <= MAX_NOTES_PER_MESSAGE && parsed.every(isNote) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Ten times what our longest message needs. */
const MAX_MESSAGE_LENGTH = 1_000_000;

function isNote(value: unknown): value is SignalNote {
  if (typeof value !== 'object' || value === null) return false;
  const { id, userId } = value as Partial<Record<keyof SignalNote, unknown>>;
  return typeof id === 'string' && (userId === undefined || typeof userId === 'string');
}
