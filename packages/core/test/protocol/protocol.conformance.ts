import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import { findViolations } from '../../src/protocol/violations.ts';
import { cancelRules } from './conformance/cancel.ts';
import { claimRules } from './conformance/claim.ts';
import { discardRules } from './conformance/discard.ts';
import { hintRules } from './conformance/hints.ts';
import { journalRules } from './conformance/journal.ts';
import { moveRules } from './conformance/moves.ts';
import { pauseRules } from './conformance/pauses.ts';
import { redriveRules } from './conformance/redrive.ts';
import { settleRules } from './conformance/settle.ts';
import { submitRules } from './conformance/submit.ts';
import { timerRules } from './conformance/timers.ts';
import { traceRules } from './conformance/traces.ts';
import { uniqueRules } from './conformance/unique.ts';
import { workerRules } from './conformance/workers.ts';
import { JobFixture } from './job-fixture.ts';
import { wrongWith } from './legal-moves.ts';
import { emptyTables, instrument, takeMoves } from './protocol-tables.ts';

/** What the statements of the protocol do, on any database. `openDb` gives a migrated one of the test's own. */
export function protocolConformance(name: string, openDb: () => Promise<Database>): void {
  describe(`the job protocol on ${name}`, () => {
    let db: Database;
    beforeAll(async () => {
      db = await openDb();
      await instrument(db);
    });
    beforeEach(() => emptyTables(db));
    afterEach(async () => {
      expect(await findViolations(db)).toEqual([]);
      expect((await takeMoves(db)).map(wrongWith).filter((wrong) => wrong !== null)).toEqual([]);
    });
    afterAll(() => db?.close());

    const jobs = () => new JobFixture(db);
    for (const rules of ALL_RULES) rules(jobs);
  });
}

/** Declares the tests of one part of the protocol. `jobs()` may be asked for inside a test only. */
export type Rules = (jobs: () => JobFixture) => void;

const ALL_RULES: readonly Rules[] = [
  submitRules,
  claimRules,
  settleRules,
  cancelRules,
  redriveRules,
  discardRules,
  timerRules,
  hintRules,
  workerRules,
  uniqueRules,
  pauseRules,
  journalRules,
  traceRules,
  moveRules,
];
