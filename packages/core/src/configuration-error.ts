export interface SettingProblem {
  /** Its variable. */
  setting: string;
  flag?: string | undefined;
  /** Where the value was found: `environment`, `flag --port`, `file /run/secrets/x`, `default`, `not set`. */
  from: string;
  /** What is wrong, and what would be right. Never the value of a secret. */
  message: string;
}

/** Everything that is wrong with the settings, at once. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION_INVALID';
  override readonly name = 'ConfigurationError';
  readonly problems: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[]) {
    super(problems.map(({ setting, from, message }) => `${setting} (${from}): ${message}`).join('\n'));
    this.problems = problems;
  }
}
