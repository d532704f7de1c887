const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether a text is the whole id of a job; capitals are as good. */
export function isJobId(text: string): boolean {
  return UUID.test(text);
}
