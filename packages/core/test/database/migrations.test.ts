import { describe, expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/database/migrations.ts';

describe('the migrations', () => {
  it('are numbered 1, 2, 3 … in order, and named by number', () => {
    MIGRATIONS.forEach(({ number, name }, index) => {
      expect(number).toBe(index + 1);
      expect(name).toMatch(new RegExp(`^${String(number).padStart(4, '0')}-[a-z-]+$`));
    });
  });

  it.each(MIGRATIONS)('$name leaves its transaction to `migrate`', ({ sql }) => {
    expect(sql).not.toMatch(/^\s*(begin|commit|rollback)\s*;/im);
    expect(sql).not.toMatch(/\bconcurrently\b/i);
  });
});
