import pg from 'pg';
import { v7 } from 'uuid';
import { cpuOf } from './cpu.ts';

/** CPU µs per row on the machine for which the budgets were set: docs/decisions/0004-budgets.md. */
const REFERENCE_US = { postgres: 6.5, node: 3.7 };
const CONNECTIONS = 3;
const ROWS = 500;
const BATCHES = 40;

/** How much slower than the reference this machine is just now, as factors. 1: the same. */
export interface Slowness {
  postgres: number;
  node: number;
}

/** By the CPU time of PostgreSQL and of Node for storing a row of two hundred bytes, 500 at a time over three connections. */
export async function slowness(databaseUrl: string, postgresPid: number): Promise<Slowness> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: CONNECTIONS });
  await pool.query('create table if not exists calibration (id uuid primary key, payload text not null)');
  // Compiles what is measured.
  await insertBatches(pool);
  const [before, ownBefore] = [cpuOf([postgresPid]), ownCpu()];
  await Promise.all(Array.from({ length: CONNECTIONS }, () => insertBatches(pool)));
  const rows = CONNECTIONS * BATCHES * ROWS;
  const [postgres, node] = [(cpuOf([postgresPid]) - before) / rows, (ownCpu() - ownBefore) / rows];
  await pool.query('drop table calibration');
  await pool.end();
  return {
    postgres: postgres / REFERENCE_US.postgres,
    node: node / REFERENCE_US.node,
  };
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
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
