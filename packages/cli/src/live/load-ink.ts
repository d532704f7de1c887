import type * as Ink from 'ink';
import type * as React from 'react';

export interface Drawing {
  ink: typeof Ink;
  react: typeof React;
}

/** ink and react, which take half a second to load: only what draws a screen asks for them. */
export async function loadInk(env: Record<string, string | undefined>): Promise<Drawing> {
  // React looks at this once, when it is loaded: its other build keeps a measurement of every frame, for ever.
  env.NODE_ENV ??= 'production';
  const [ink, react] = await Promise.all([import('ink'), import('react')]);
  return { ink, react };
}
