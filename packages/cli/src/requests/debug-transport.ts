import type { Transport, TransportRequest, TransportResponse } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { printable } from '../views/printable.ts';

/** Longer bodies are cut: a page of jobs would push away everything else. */
const MOST_CHARS = 4_000;

/** Shows each exchange as it is on the wire, with headers and bodies; tokens and passwords are masked. */
export function debugTransport(network: Transport, out: Output): Transport {
  const say = (mark: string, text: string) => out.warn(out.sayStyle.dim(`${mark} ${printable(text)}`));
  const sayBody = (mark: string, body: string) => {
    if (body !== '') say(mark, masked(body).slice(0, MOST_CHARS) + (body.length > MOST_CHARS ? '…' : ''));
  };
  return {
    async send(request) {
      sayRequest(say, request);
      sayBody('>', request.body ?? '');
      const startedAt = performance.now();
      const response = await network.send(request);
      say('<', `${response.status} ${Math.round(performance.now() - startedAt)}ms`);
      for (const [name, value] of response.headers) say('<', `${name}: ${headerText(name, value)}`);
      return withBodyShown(response, (body) => sayBody('<', body));
    },
    close: () => network.close(),
  };
}

function sayRequest(say: (mark: string, text: string) => void, { method, url, headers }: TransportRequest): void {
  say('>', `${method} ${url}`);
  for (const [name, value] of Object.entries(headers)) say('>', `${name}: ${headerText(name, value)}`);
}

/** A stream is shown as it comes; what is thrown away is not shown. */
function withBodyShown(response: TransportResponse, show: (body: string) => void): TransportResponse {
  return {
    ...response,
    async text() {
      const body = await response.text();
      show(body);
      return body;
    },
    async *chunks() {
      const decoder = new TextDecoder();
      for await (const chunk of response.chunks()) {
        show(decoder.decode(chunk, { stream: true }));
        yield chunk;
      }
    },
  };
}

const MASK = '•••';

function headerText(name: string, value: string): string {
  if (name === 'authorization') return `${value.split(' ', 1)[0]} ${MASK}`;
  return /cookie|token|secret/.test(name) ? MASK : value;
}

// Members of JSON whatever is around them: a body may be cut, or no JSON as a whole.
const SECRET = /"(\w*(?:token|password|secret))"(\s*:\s*)"(?:\\.|[^"\\])*"/gi;

function masked(body: string): string {
  return body.replace(SECRET, (_, name: string, colon: string) => `"${name}"${colon}"${MASK}"`);
}
