import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ppmHead } from './picture/ppm.ts';

const [file = 'pictures/tiles.ppm', size = '600'] = process.argv.slice(2);
const side = Number(size);
const pixels = Buffer.alloc(side * side * 3);
for (let at = 0; at < side * side; at++) {
  const [x, y] = [at % side, Math.floor(at / side)];
  pixels.set([(x * 255) / side, (y * 255) / side, ((x >> 5) + (y >> 5)) % 2 === 0 ? 255 : 0], at * 3);
}
await mkdir(dirname(file), { recursive: true });
await writeFile(file, Buffer.concat([ppmHead({ width: side, height: side }), pixels]));
console.log(`${file}: ${side} × ${side}`);
