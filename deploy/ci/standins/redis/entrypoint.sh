#!/bin/bash
# What compose uses of the official image: it starts as root, gives the volume to redis, and lets go of root.
set -euo pipefail

if [ "${1:-}" = redis-server ] && [ "$(id -u)" = 0 ]; then
  chown -R redis:redis .
  exec setpriv --reuid=redis --regid=redis --init-groups "$@"
fi
exec "$@"
