export interface Picture {
  width: number;
  height: number;
  /** Three bytes a pixel: red, green, blue. */
  pixels: Uint8Array;
}

/** The head of a PPM file (P6), the simplest format that image programs open. */
export const ppmHead = ({ width, height }: Pick<Picture, 'width' | 'height'>): Buffer =>
  Buffer.from(`P6\n${width} ${height}\n255\n`);

export function readPpm(bytes: Uint8Array): Picture {
  const head = /^P6\n(\d+) (\d+)\n255\n/.exec(Buffer.from(bytes.subarray(0, 40)).toString('latin1'));
  if (!head) throw new TypeError('this is no PPM picture of the kind P6 with 255 shades');
  const [width, height] = [Number(head[1]), Number(head[2])];
  const pixels = bytes.subarray(head[0].length);
  if (pixels.length !== width * height * 3)
    throw new RangeError(`the picture says ${width} × ${height}, and is cut off`);
  return { width, height, pixels };
}
