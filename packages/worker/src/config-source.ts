/** Where a configuration is, and what it was told when it was read: a child process reads it again. */
export interface ConfigSource {
  path: string;
  mode: string;
}
