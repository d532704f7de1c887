/** The answers of calls that are made together. One that fails does not keep the others from being sent; the first failure is thrown. */
export async function allAnswers<Calls extends readonly unknown[] | []>(
  calls: Calls,
): Promise<{ -readonly [At in keyof Calls]: Awaited<Calls[At]> }> {
  await Promise.allSettled(calls);
  return await Promise.all(calls);
}
