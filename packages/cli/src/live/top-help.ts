/** What `?` shows. */
export const TOP_HELP: readonly string[] = [
  'Tab, Shift-Tab   the next panel, the one before',
  'Up Down, k j     up and down; PgUp PgDn by ten',
  '/                only what contains a text; Esc takes it away',
  'a r e f          jobs: all, running, retrying, failed',
  'Enter            details',
  'x                explain: why a job is not running',
  'l                the newest lines of the log of a job',
  'R                retry a job          (asks first)',
  'C                cancel a job         (asks first)',
  'p                pause or resume a queue (asks first)',
  '?                these keys',
  'q, Esc           quit',
];
