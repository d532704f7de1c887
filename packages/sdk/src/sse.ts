/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  event: string;
  data: string;
  id: string | null;
}

/** Cuts a stream of bytes into events, however the network cut it. Comments (keep-alives) yield nothing. */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let fields: ServerSentEvent = { event: 'message', data: '', id: null };
  let dataLines: string[] = [];
  for await (const line of readLines(chunks)) {
    if (line === '') {
      if (dataLines.length > 0) yield { ...fields, data: dataLines.join('\n') };
      fields = { event: 'message', data: '', id: fields.id };
      dataLines = [];
      continue;
    }
    const colon = line.indexOf(':');
    if (colon === 0) continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (name === 'data') dataLines.push(value);
    else if (name === 'event') fields.event = value;
    else if (name === 'id') fields.id = value;
  }
}

async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be half of a CRLF: it stays until the next chunk tells.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield* lines;
  }
}
