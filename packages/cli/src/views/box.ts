import { fitWidth, visibleWidth } from './visible-width.ts';

export interface BoxWish {
  title: string;
  /** In the lower border, such as what the keys do. */
  foot?: string;
  width: number;
  unicode: boolean;
  paint?(border: string): string;
}

const UNICODE = { corners: ['╭', '╮', '╰', '╯'], across: '─', down: '│' };
const ASCII = { corners: ['+', '+', '+', '+'], across: '-', down: '|' };

/** Lines in a box of exactly this width; what does not fit is cut. */
export function boxLines(
  lines: readonly string[],
  { title, foot = '', width, unicode, paint = same }: BoxWish,
): string[] {
  const { corners, across, down } = unicode ? UNICODE : ASCII;
  const ellipsis = unicode ? '…' : '~';
  const [topLeft = '', topRight = '', bottomLeft = '', bottomRight = ''] = corners;
  const room = Math.max(1, width - 4);
  const border = (left: string, text: string, right: string) => {
    const label = visibleWidth(text) === 0 ? '' : ` ${cut(text, room, ellipsis)} `;
    const rest = across.repeat(Math.max(0, width - 2 - visibleWidth(label)));
    return `${paint(left)}${label}${paint(rest + right)}`;
  };
  return [
    border(topLeft, title, topRight),
    ...lines.map((line) => `${paint(down)} ${fitWidth(line, room, ellipsis)} ${paint(down)}`),
    border(bottomLeft, foot, bottomRight),
  ];
}

function cut(text: string, columns: number, ellipsis: string): string {
  return visibleWidth(text) <= columns ? text : fitWidth(text, columns, ellipsis).trimEnd();
}

function same(text: string): string {
  return text;
}
