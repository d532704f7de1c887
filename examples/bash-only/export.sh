#!/usr/bin/env bash
# A job as a step of a pipeline: parameters come as JSON on standard input, the result leaves as JSON on standard output, and
# the exit code says how it ended.   echo '{"seconds": 2}' | export.sh 10s
set -euo pipefail

limit=${1:-1m}
cloudtask() { ${CLOUDTASK:-command cloudtask} "$@"; }

# `sleep`, which every worker has, stands in for an export that takes its time.
id=$(cloudtask submit sleep --payload - --max-attempts 1 --output id)

code=0
cloudtask watch "$id" --timeout "$limit" --output none || code=$?
case $code in
  0) cloudtask result "$id" --output json ;;
  3) cloudtask jobs show "$id" --output tsv --fields status,reason,error.message >&2 ;;
  8) cloudtask cancel "$id" --reason "took longer than $limit" --output none ;;
esac
exit "$code"
