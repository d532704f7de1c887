#!/usr/bin/env bash
# One dump of the database into BACKUP_DIR, and the oldest ones away. PGHOST, PGUSER and PGDATABASE say of what.
set -euo pipefail

: "${BACKUP_DIR:?the folder for the dumps}"
if [[ -n ${PGPASSWORD_FILE:-} ]]; then
  PGPASSWORD=$(< "$PGPASSWORD_FILE")
  export PGPASSWORD
fi

dump=$BACKUP_DIR/cloudtask-$(date -u +%Y%m%dT%H%M%SZ).dump
trap 'rm -f "$dump.part"' EXIT
pg_dump --format custom --file "$dump.part"
# A dump that cannot be read is none. Only a whole one gets its name.
pg_restore --list "$dump.part" > /dev/null
mv "$dump.part" "$dump"

# The names sort by time.
find "$BACKUP_DIR" -maxdepth 1 -name 'cloudtask-*.dump' | sort -r | tail -n +"$((${BACKUPS_KEPT:-14} + 1))" | xargs -r rm --
echo "$dump"
