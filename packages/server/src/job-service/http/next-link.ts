/** The Link header to a list's next page. Relative to the address asked: what the server is called outside is not for a request's headers to say. */
export function nextLink(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2);
  const params = new URLSearchParams(query);
  params.set('cursor', cursor);
  return `<${path}?${params}>; rel="next"`;
}
