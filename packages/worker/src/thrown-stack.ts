import { fileURLToPath } from 'node:url';

/**
 * Where a handler threw, for the log of its job: a frame a line, of an error and of its causes, at most 4 kB. Frames of Node,
 * of packages and of the worker itself are left out: nobody can mend a handler there. When an error has no others, as one
 * that a client of a database gives, those of its package stand for it. Undefined when there is nothing to point at. Never
 * throws, whatever was thrown.
 */
export function thrownStack(error: unknown): string | undefined {
  try {
    const links = chainOf(error).map((link, i) => linesOf(link, i > 0));
    const hasFrames = links.some((lines) => lines.some((line) => line.startsWith('at ')));
    return hasFrames ? within(links.flat()) : undefined;
  } catch {
    return undefined;
  }
}

/** An error may be its own cause. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let link = error; link instanceof Error && !chain.includes(link); link = link.cause) {
    if (chain.push(link) === MOST_LINKS) break;
  }
  return chain;
}

function linesOf(error: Error, isCause: boolean): string[] {
  const head = isCause ? [`caused by ${headline(error.name, error.message)}`] : [];
  const frames = framesOf(error).filter((frame) => !OF_NODE.test(frame) && !isOurs(frame));
  const own = frames.filter((frame) => !frame.includes('node_modules'));
  return [...head, ...(own.length > 0 ? own : frames.slice(0, MOST_OF_A_PACKAGE)).map(shortened)];
}

/** The message comes first in a stack, and may have lines that look like frames. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const at = stack.indexOf(message);
  const rest = at < 0 ? stack : stack.slice(at + message.length);
  return rest
    .slice(0, MOST_LOOKED_AT)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '));
}

/** An error in one line, no longer than people read. */
export function headline(name: string, message: string): string {
  const text = `${name}: ${message}`.replace(/\s+/g, ' ');
  return text.length <= MOST_OF_A_MESSAGE ? text : `${text.slice(0, MOST_OF_A_MESSAGE - 1)}…`;
}

// By where a frame is, not by what it is called: a function may have no name, and a folder any.
const OF_NODE = /(^at (async )?|\()(node:|native\)?$|<anonymous>\)?$)/;

// An installed worker lies in node_modules, like its siblings. In an image, or in its own repository, it does not.
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));
const OWN_CODE = /^(worker|sdk|core)\/(src|dist)\//;

function isOurs(frame: string): boolean {
  const at = frame.indexOf(PACKAGES);
  return at >= 0 && OWN_CODE.test(frame.slice(at + PACKAGES.length).replaceAll('\\', '/'));
}

/** Paths as the project has them. */
function shortened(frame: string): string {
  const folder = `${process.cwd().replaceAll('\\', '/')}/`;
  return frame.replaceAll('file://', '').replaceAll(folder, '');
}

function within(lines: readonly string[]): string {
  let bytes = 0;
  const fits = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > MOST_BYTES;
  });
  return (fits < 0 ? lines : [...lines.slice(0, fits), '…']).join('\n');
}

const MOST_LINKS = 5;
const MOST_OF_A_PACKAGE = 5;
const MOST_OF_A_MESSAGE = 500;
const MOST_LOOKED_AT = 16 * 1024;
const MOST_BYTES = 4_000;
