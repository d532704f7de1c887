// The reference of what users import: one page per package, made from the docstrings by `npm run generate`.
import { packagePage } from './package-page.ts';
import { publicPackages, readPublicApi } from './public-api.ts';

export interface ReferencePage {
  /** From the top of the repository. */
  file: string;
  text: string;
}

/** All pages. The program of all packages is read once, which takes some seconds. */
export async function referencePages(): Promise<ReferencePage[]> {
  const api = await readPublicApi();
  return publicPackages.map(({ name }) => ({ file: `docs/reference/${name}.md`, text: packagePage(name, api) }));
}
