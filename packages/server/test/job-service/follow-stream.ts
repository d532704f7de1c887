import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { JobEvent } from '@cloudtask/sdk/contract';
import type { TestApi } from './api.ts';

/** An event as it came, in the shape of any of them. */
interface Received {
  id?: string;
  event: string;
  data: JobEvent & { message?: string; percent?: number; level?: string };
}

export interface Follower {
  status: number;
  headers: Record<string, unknown>;
  events: Received[];
  isOver: boolean;
  close(): void;
}

/** A client of an event stream, without a socket. */
export async function followStream(
  api: TestApi,
  url: string,
  token: string,
  headers: Record<string, string> = {},
): Promise<Follower> {
  const response = await api.app.inject({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${token}`, ...headers },
    payloadAsStream: true,
  });
  const stream: Readable = response.stream();
  const follower: Follower = {
    status: response.statusCode,
    headers: response.headers,
    events: [],
    isOver: false,
    close: () => stream.destroy(),
  };
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => /^(\w+): (.*)$/.exec(line)?.slice(1, 3) ?? []),
      );
      text = text.slice(end + 2);
      if (fields.event) follower.events.push({ ...fields, data: JSON.parse(fields.data) });
    }
  });
  stream.once('error', () => {});
  void once(stream, 'close').then(() => {
    follower.isOver = true;
  });
  return follower;
}
