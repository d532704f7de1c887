/** What a command does on the server that the profile names, at the worst. What it does on this machine does not count. */
export const EFFECTS = ['reads', 'changes', 'destroys'] as const;
/** `destroys`: many jobs at once, or what cannot be brought back. */
export type Effect = (typeof EFFECTS)[number];
