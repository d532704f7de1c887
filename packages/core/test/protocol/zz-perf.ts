import pg from 'pg';
import { v7 } from 'uuid';
const admin='postgres://postgres@127.0.0.1:5432/postgres';
const { createDatabase } = await import('/work/main/test/support/database.ts');
const own = await createDatabase(admin);
const { openDatabase } = await import('/work/main/packages/core/src/database/open-database.ts');
const { migrate } = await import('/work/main/packages/core/src/database/migrate.ts');
const { submitJobs } = await import('/work/main/packages/core/src/protocol/zz-old-submit.ts');
const { fireTimers } = await import('/work/main/packages/core/src/protocol/fire-timers.ts');
const db = await openDatabase({url:own.url,applicationName:'t'}); await migrate(db);
const job=()=>({id:v7(),userId:v7(),type:'t',queue:'default',payload:'{"a":1}',priority:5,maxAttempts:5,timeoutMs:1000,hinted:true});
for(let r=0;r<5;r++){ let t=performance.now(); for(let i=0;i<40;i++) await submitJobs(db,Array.from({length:500},job),600000); console.log('µs/job',((performance.now()-t)/40/500*1000).toFixed(1)); }
await submitJobs(db,Array.from({length:2000},()=>({...job(),delayMs:1})),600000);
const c=new pg.Client(own.url); await c.connect(); await c.query('analyze'); 
const src=(await import('node:fs')).readFileSync('/work/main/packages/core/src/protocol/fire-timers.ts','utf8');
const text=/const FIRE[^`]*`([^`]*)`/.exec(src)![1]!.replace('$1','500');
console.log((await c.query('explain (analyze, costs off) '+text)).rows.map(r=>r['QUERY PLAN']).join('\n'));
await c.end(); await db.close(); await own.drop();
