/**
 * Augmented by the `cloudtask.d.ts` that `cloudtask types generate` writes: its member `jobs` maps types to their
 * definitions, and every `new CloudTask()` knows them by name.
 *
 * @example
 * declare module '@cloudtask/sdk' {
 *   interface Register {
 *     jobs: { 'email.send': JobDefinition<'email.send', Schema<{ to: string }>, Schema<{ messageId: string }>> };
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: its members come from elsewhere.
export interface Register {}

/** What a client knows by name when it is told nothing else. */
export type Registered = Register extends { jobs: infer Jobs } ? Jobs : object;
