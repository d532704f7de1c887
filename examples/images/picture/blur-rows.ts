import type { Picture } from './ppm.ts';

/** Each colour becomes the mean of the square around it. Plain JavaScript on purpose: it keeps a core busy. */
export function blurRows({ width, height, pixels }: Picture, radius: number, from: number, to: number): Uint8Array {
  const blurred = new Uint8Array((to - from) * width * 3);
  for (let y = from; y < to; y++) {
    const [top, bottom] = [Math.max(0, y - radius), Math.min(height - 1, y + radius)];
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - radius), Math.min(width - 1, x + radius)];
      const count = (bottom - top + 1) * (right - left + 1);
      for (let colour = 0; colour < 3; colour++) {
        let sum = 0;
        for (let row = top; row <= bottom; row++) {
          for (let at = (row * width + left) * 3 + colour; at <= (row * width + right) * 3 + colour; at += 3) {
            sum += pixels[at] ?? 0;
          }
        }
        blurred[((y - from) * width + x) * 3 + colour] = sum / count;
      }
    }
  }
  return blurred;
}
