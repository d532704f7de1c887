import type { Logger } from '@cloudtask/core/logger';

export interface LoggedLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

/** Keeps what is logged, its children's lines too. */
export class RecordingLogger implements Logger {
  readonly lines: LoggedLine[];
  readonly #fields: object;

  constructor(lines: LoggedLine[] = [], fields: object = {}) {
    this.lines = lines;
    this.#fields = fields;
  }

  debug = this.#at('debug');
  info = this.#at('info');
  warn = this.#at('warn');
  error = this.#at('error');

  child(fields: object): Logger {
    return new RecordingLogger(this.lines, { ...this.#fields, ...fields });
  }

  #at(level: LoggedLine['level']) {
    return (fields: object, message: string): void => {
      this.lines.push({ level, message, fields: { ...this.#fields, ...fields } });
    };
  }
}
