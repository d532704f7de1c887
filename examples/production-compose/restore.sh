#!/usr/bin/env bash
# Puts a dump into a new database, beside the one in use: look at it first, then swap the names.   restore.sh FILE [DATABASE]
set -euo pipefail

dump=${1:?which dump? restore.sh FILE [DATABASE]}
database=${2:-cloudtask_restored}

createdb "$database"
pg_restore --dbname "$database" --exit-on-error --no-owner "$dump"
psql --dbname "$database" --tuples-only --no-align \
  --command "select count(*) || ' jobs, the newest of ' || coalesce(max(created_at)::text, 'never') from cloudtask.jobs"
