import pg from 'pg';
import { v7 } from 'uuid';
import { cpuOf } from './cpu.ts';

/** What PostgreSQL spent per row on the machine for which the budgets were set: docs/decisions/0004-budgets.md. */
const REFERENCE_US = 6.5;
const CONNECTIONS = 3;
const ROWS = 500;
const BATCHES = 40;

/**
 * How much slower than the reference this machine is just now: CPU time of PostgreSQL for storing a row of two hundred
 * bytes, 500 at a time over three connections. 1: the same.
 */
export async function slowness(databaseUrl: string, postgresPid: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  await pool.query('create table if not exists calibration (id uuid primary key, payload text not null)');
  const before = cpuOf([postgresPid]);
  await Promise.all(Array.from({ length: CONNECTIONS }, () => insertBatches(pool)));
  const perRowUs = (cpuOf([postgresPid]) - before) / (CONNECTIONS * BATCHES * ROWS);
  await pool.query('drop table calibration');
  await pool.end();
  return perRowUs / REFERENCE_US;
}

async function insertBatches(pool: pg.Pool): Promise<void> {
  const payloads = Array.from({ length: ROWS }, () => 'x'.repeat(200));
  for (let batch = 0; batch < BATCHES; batch += 1) {
    const ids = Array.from({ length: ROWS }, () => v7());
    await pool.query({
      name: 'calibrate',
      text: 'insert into calibration select * from unnest($1::uuid[], $2::text[])',
      values: [ids, payloads],
    });
  }
}
