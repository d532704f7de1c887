import { openDatabase } from '/work/main/packages/core/src/database/open-database.ts';
import { migrate } from '/work/main/packages/core/src/database/migrate.ts';
import { instrument } from '/work/main/packages/core/test/protocol/protocol-tables.ts';
import { simulate } from '/work/main/packages/core/test/protocol/simulate.ts';
import { GUARDS } from '/work/main/packages/core/test/protocol/guards.ts';
import { withoutGuard } from '/work/main/packages/core/test/protocol/without-guard.ts';
const db = await openDatabase({url:'pglite:memory',applicationName:'x'}); await migrate(db); await instrument(db);
const N=+(process.argv[2]??10);
const t0=performance.now();
for (const [name,guard] of Object.entries(GUARDS)) { const t=performance.now(); const hits:Record<string,number>={}; let first=''; let red=0;
  const weak = withoutGuard(db,guard);
  for(let seed=1;seed<=N;seed++){ try{ await simulate(weak,{seed,steps:300}); }catch(e:any){ red++; hits[e.rule??'?']=(hits[e.rule??'?']??0)+1; first ||= e.message.slice(0,200)} if(process.argv[3] && red) break; }
  console.log((red? 'RED ':'GREEN'), name, red+'/'+N, JSON.stringify(hits), 'expected',guard.breaks.join(), Math.round(performance.now()-t)+'ms', '|', first); }
console.log('total',performance.now()-t0); await db.close();
