import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface BundledPackage {
  name: string;
  folder: string;
}

/** The licences of packages whose code is part of ours: most ask that their text goes with it. */
export async function collectLicenses(packages: readonly BundledPackage[]): Promise<string> {
  const parts = await Promise.all(packages.map(licenseOf));
  return `This command contains code of these packages.\n\n${parts.join('\n')}`;
}

async function licenseOf({ name, folder }: BundledPackage): Promise<string> {
  const { version, license } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const [file] = globSync('{LICEN[SC]E,licen[sc]e}*', { cwd: folder });
  const text = file === undefined ? `${license}\n` : await readFile(path.join(folder, file), 'utf8');
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text.trim()}\n`;
}
