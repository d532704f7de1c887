/** What holds for all commands, for `help <topic>`. */
export const HELP_TOPICS: Record<string, string> = {
  environment: `Environment, each weaker than the flag of the same name

  CLOUDTASK_URL           address of the server (--url)
  CLOUDTASK_TOKEN         a token; wins over every session
  CLOUDTASK_TOKEN_FILE    a file with one
  CLOUDTASK_PROFILE       which of your servers (--profile)
  CLOUDTASK_OUTPUT        form of the answer (--output)
  CLOUDTASK_NO_INPUT      never ask (--no-input)
  CLOUDTASK_PAGER, PAGER  the pager for what is long (--no-pager); empty or cat: none. Else less -FIRX
  CLOUDTASK_CONFIG_DIR    where profiles and sessions are; else XDG_CONFIG_HOME/cloudtask, ~/.config/cloudtask
  NO_COLOR, CLICOLOR, FORCE_COLOR, TERM=dumb, CI

  A flag wins over the environment, that over cloudtask dev in this folder, that over the profile.
  Whether a server is production is decided by its address, however it is named.
  What counts here, and why: cloudtask config list --origin`,
  'exit-codes': `Exit codes

  0    done; for run, watch and jobs wait: every job completed
  1    anything not below
  2    usage: a bad flag or field, or a value is needed and nobody can be asked
  3    a job ended failed, cancelled or expired
  4    not signed in, or not allowed
  5    not found
  6    the server refused: validation, conflict
  7    the server cannot be reached or is overloaded; the same call may succeed later
  8    the time was over, the job goes on
  9    a check found something
  130  interrupted; 143 terminated`,
  fields: `Fields make a payload, in submit, run, retry, schedules, handlers run and api

  to=ada@example.com       what the schema of the type has there: n=3 is a number where it wants one, zip=01234 stays text where it wants text; without a schema, or without a server, it is text
  tags=a                   where the schema wants a list: one of one; tags=[] none
  n=null                   null where the schema takes null and no text
  n:=3  tags:='["a"]'      JSON, whatever the schema says
  body=@mail.txt           text of a file; spec:=@spec.json is JSON of a file; @- is stdin
  user.name=Ada tags[]=a   nested, lists; items[0].sku=a is of the first item
  --payload '{…}'          the whole, also @file or -; fields are laid over it
  -f k=v   -F k=json       the same as k=v and k:=json
  --edit                   the payload in VISUAL or EDITOR, from a template
  nothing, on a terminal   you are asked for the type and for what it needs

  What a type takes: cloudtask submit TYPE --help. Check without sending: --dry-run.
  In api fields are text or JSON: it knows of no type.`,
  formatting: `Form of the answer: -o, CLOUDTASK_OUTPUT

  human    for people; on a terminal by default
  wide     the same with more columns, and nothing cut
  tsv      a thing a line, tabs between, no header, whole ids, times that sort; in a pipe by default
  json     what the API answers; errors are one JSON object on stderr
  jsonl    one thing a line; streams (watch, logs -f) are lines in json too
  yaml     the same for people who have to read it
  id       ids only: jobs list -s failed -o id | cloudtask retry -
  none     nothing; the exit code is the answer

  --jq '.error.code'       the JSON through the jq of your PATH; text is bare, as with jq -r
  --time relative|iso|local  form of times; relative for people, iso in a pipe
  --fields id,error.code   only these, in every form but id; "" names them
  stdout is the answer, stderr the conversation: what is captured is never an error.`,
};
