// The entrypoint of the image `runtime-with-traces`. Not by `--import`: threads and child processes would each load the SDK,
// which takes time and memory, and then leave it alone.
await import('./tracing.mjs');
// In the image it lies above this folder.
await import(new URL('../run-role.mjs', import.meta.url).href);
