/** One event of a `text/event-stream`. Its `id` is not read: our events say in their data where they stand. */
export interface ServerSentEvent {
  event: string;
  data: string;
}

/** Cuts a stream of bytes into events, however the network cut it. Comments (keep-alives) yield nothing; `onBytes` hears them. */
export async function* readEvents(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent> {
  let event = 'message';
  let dataLines: string[] = [];
  for await (const line of readLines(chunks, onBytes)) {
    if (line === '') {
      if (dataLines.length > 0) yield { event, data: dataLines.join('\n') };
      event = 'message';
      dataLines = [];
    }
    // Of a comment the name is empty.
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === 'data') dataLines.push(value);
    if (name === 'event') event = value;
  }
}

const FIELD = /^([^:]*)(?:: ?(.*))?$/s;

async function* readLines(chunks: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    onBytes();
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be half of a CRLF: it stays until the next chunk tells.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
