#!/bin/bash
# What compose uses of the official image: RABBITMQ_DEFAULT_{USER,PASS,VHOST}, and a server that is not root.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
  if [ "$1" = rabbitmq-server ]; then exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups "$0" "$@"; fi
fi

if [ -n "${RABBITMQ_DEFAULT_USER:-}" ]; then
  printf 'default_user = %s\ndefault_pass = %s\ndefault_vhost = %s\n' \
    "$RABBITMQ_DEFAULT_USER" "${RABBITMQ_DEFAULT_PASS:-guest}" "${RABBITMQ_DEFAULT_VHOST:-/}" \
    >/etc/rabbitmq/conf.d/10-defaults.conf
fi
unset RABBITMQ_DEFAULT_USER RABBITMQ_DEFAULT_PASS RABBITMQ_DEFAULT_VHOST

# Debian's command in PATH changes user and folder; the script behind it does not.
if [ "$1" = rabbitmq-server ]; then exec /usr/lib/rabbitmq/bin/rabbitmq-server; fi
exec "$@"
