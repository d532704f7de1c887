import type { Json } from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { type Call, CloudTaskCommand } from '../cloudtask-command.ts';
import type { Effect } from '../effect.ts';
import { usageError } from '../errors/cli-error.ts';
import { confirmFlag } from '../guard-production.ts';
import { showResult } from '../jobs/show-result.ts';
import type { Output } from '../output/output.ts';
import { sourceReader } from '../read-source.ts';
import { printsAll } from '../requests/own-requests.ts';
import { readPayload } from '../submit/fields.ts';
import { payloadFlags, payloadOf } from '../submit/submission.ts';
import { printable } from '../views/printable.ts';

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const;

export default class Api extends CloudTaskCommand {
  static override effect = 'destroys' as const;
  static override summary = 'call any route of the API';
  static override description =
    'With the session, the retries and the errors of every other command. Fields make the body, or the query of a GET. The body of the answer goes to stdout as it came; on a terminal JSON is indented. The reference is at /docs on the server.';
  static override examples = [
    '<%= config.bin %> api /jobs status=FAILED limit:=5',
    '<%= config.bin %> api /jobs -X POST type=sleep payload.seconds:=1',
    '<%= config.bin %> api /jobs --paginate | jq -r .[].id',
    '<%= config.bin %> api /actuator/prometheus -H accept=text/plain',
  ];
  static override usage = 'api PATH [FIELD...]';
  static override strict = false;
  static override args = { path: Args.string({ description: 'such as /jobs', required: true, ignoreStdin: true }) };
  static override flags = {
    method: Flags.option({ char: 'X', description: 'GET, or POST when there is --body', options: METHODS })(),
    header: Flags.string({ char: 'H', description: 'name=value', multiple: true, multipleNonGreedy: true }),
    body: Flags.string({ description: 'the body as JSON, @file, or - for stdin; fields are laid over it' }),
    field: payloadFlags.field,
    'json-field': payloadFlags['json-field'],
    paginate: Flags.boolean({ description: 'follow the pages of a list' }),
    include: Flags.boolean({ description: 'status and headers on stderr' }),
    ...confirmFlag,
  };
  static override requests = printsAll({
    paginate: 'Each page is a request of its own, and only the answer says where the next one begins.',
  });

  protected override effectOf({ flags, args }: Call): Effect {
    const method = methodOf(flags);
    if (method === 'GET') return 'reads';
    return method === 'DELETE' || isAboutMany(String(args.path)) ? 'destroys' : 'changes';
  }

  override async run(): Promise<void> {
    const { flags, args, words, out } = await this.begin(Api);
    const read = sourceReader(this.surroundings);
    const given = await payloadOf(read, { ...flags, payload: flags.body }, words.slice(1));
    const method = methodOf(flags);
    const path = args.path.startsWith('/') ? args.path : `/${args.path}`;
    if (path.startsWith('//')) throw usageError('a path of the server begins with one slash');
    const headers = (await readPayload(read, { fields: flags.header ?? [] })) as Record<string, string> | undefined;
    const ct = this.client(flags);
    const base = { ...(headers && { headers }) };
    const query = method === 'GET' ? queryOf(given) : undefined;
    if (flags.paginate)
      return this.#paginate(out, (cursor) =>
        ct.request(method, path, { ...base, query: { ...query, ...(cursor !== null && { cursor }) } }).asResponse(),
      );
    const response = await ct
      .request(method, path, { ...base, ...(query ? { query } : given !== undefined && { body: given }) })
      .asResponse();
    if (flags.include) {
      out.warn(`${response.status}`);
      for (const [name, value] of response.headers) out.warn(`${name}: ${printable(value)}`);
    }
    const text = await response.text();
    if (text === '' || out.mode === 'none') return;
    const value = parsed(text);
    if (value === undefined || out.mode === 'plain' || out.mode === 'id') this.#text(out, text.replace(/\n$/, ''));
    else showResult(out, value);
  }

  // On a terminal other people's text steers nothing; in a pipe it is what it is.
  #text(out: Output, text: string): void {
    if (out.mode === 'human') showResult(out, text);
    else out.answer(text);
  }

  async #paginate(out: Output, fetchPage: (cursor: string | null) => Promise<Response>): Promise<void> {
    const all: Json[] = [];
    let cursor: string | null = null;
    do {
      const response = await fetchPage(cursor);
      const page = parsed(await response.text());
      if (!Array.isArray(page)) throw usageError('--paginate is for lists');
      if (out.mode === 'jsonl') for (const each of page) out.data(each);
      else all.push(...page);
      cursor = nextCursor(response.headers.get('link'));
    } while (cursor !== null);
    if (out.mode === 'plain' || out.mode === 'id') out.answer(JSON.stringify(all));
    else if (out.mode !== 'jsonl') showResult(out, all);
  }
}

/** Whether it acts on all jobs that a filter chooses, however the path is written: it is read as it will be sent. */
function isAboutMany(path: string): boolean {
  const sent = URL.parse(path, 'http://relative.invalid')?.pathname ?? path;
  return /^\/jobs\/actions\/*$/i.test(sent.replace(/%[0-9a-f]{2}/gi, decodeByte));
}

function decodeByte(escaped: string): string {
  return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
}

function methodOf({ method, body }: { method?: (typeof METHODS)[number] | undefined; body?: string | undefined }) {
  return method ?? (body === undefined ? 'GET' : 'POST');
}

function queryOf(given: unknown): Record<string, unknown> {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null) throw usageError('a query is made of fields');
  return given as Record<string, unknown>;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function nextCursor(link: string | null): string | null {
  const next = link?.match(/<([^>]*)>\s*;[^,]*\brel="?next"?/i)?.[1];
  return next === undefined ? null : new URL(next, 'http://relative.invalid').searchParams.get('cursor');
}
