import { LOG_LEVELS, type LogLevel } from '@cloudtask/sdk/live-contract';

/** Whether a line is serious enough for the log of its job. */
export function isKept(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

export function levelOfPrinted(stream: 'stdout' | 'stderr'): LogLevel {
  return stream === 'stdout' ? 'info' : 'warn';
}
