import type { Json, LogLevel } from '@cloudtask/sdk';
import type { AttemptJournal } from '@cloudtask/worker/attempt-journal';
import { checkpointValue, droppedMessage, type JournalValue, progressValue } from '@cloudtask/worker/journal-value';

/** What a handler said, as the platform would have kept it. */
export class RecordingJournal implements AttemptJournal {
  readonly logs: { level: LogLevel; message: string; fields?: Record<string, unknown> }[] = [];
  readonly progressed: { percent?: number; message?: string; data?: unknown }[] = [];
  readonly checkpoints: Json[] = [];

  log(level: LogLevel, message: string, fields: object = {}): void {
    this.logs.push({ level, message, ...(Object.keys(fields).length > 0 && { fields: { ...fields } }) });
  }

  progress(value: number | Json, message?: string): void {
    const said = this.#taken('progress', progressValue(value));
    if (said === undefined) return;
    const what = typeof value === 'number' ? { percent: Math.min(100, Math.max(0, value)) } : { data: said };
    this.progressed.push({ ...what, ...(message !== undefined && { message }) });
  }

  checkpoint(state: Json): void {
    const said = this.#taken('checkpoint', checkpointValue(state));
    if (said !== undefined) this.checkpoints.push(said);
  }

  /** Who runs a handler once has the error itself. */
  threw(): void {}

  dropped(): void {}

  end(then: () => void): void {
    then();
  }

  #taken(kind: 'progress' | 'checkpoint', value: JournalValue): Json | undefined {
    if ('text' in value) return JSON.parse(value.text) as Json;
    this.log('warn', droppedMessage(kind, value.why));
    return undefined;
  }
}
