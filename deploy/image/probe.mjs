// `node probe.mjs URL` for health checks of containers, because the image has neither curl nor wget: 0 after a 2xx answer.
const LIMIT_MS = 4_000;
const [url = ''] = process.argv.slice(2);

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) });
  // Shown by `docker inspect`, where it says which component is down.
  console.log(`${response.status} ${(await response.text()).trim()}`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
