import type { Reporter, TestModule } from 'vitest/node';

/** Two closing lines that people and machines can both read: what was not run for want of a server, and the counts. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    for (const [missing, suites] of suitesSkippedFor(modules)) {
      console.log(`SKIPPED (no ${missing} here): ${suites.join(', ')}`);
    }
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      // A file that does not even load has no tests to fail.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed += 1;
    }
    const skipped = counts.skipped + counts.pending;
    console.log(
      `cloudtask: ${counts.passed} passed, ${counts.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    );
  }
}

/** Reads the mark that `describeServices` leaves in a title: `name (no RabbitMQ, no Redis here)`. */
function suitesSkippedFor(modules: readonly TestModule[]): Map<string, string[]> {
  const skipped = new Map<string, string[]>();
  for (const module of modules) {
    for (const suite of module.children.allSuites()) {
      const [, name, missing] = /^(.*) \(no (.*) here\)$/.exec(suite.name) ?? [];
      if (name === undefined || missing === undefined || suite.state() !== 'skipped') continue;
      skipped.set(missing, [...(skipped.get(missing) ?? []), name]);
    }
  }
  return skipped;
}
