#!/bin/sh
# Makes what compose.prod.yaml asks for: random secrets as files, and the .env that names them. A server needs no Node for this.
set -eu
umask 077

usage() {
  cat <<'TEXT'
Usage: scripts/generate-secrets.sh [--force [NAME …]] [--directory DIRECTORY]

Makes the secrets that are missing in DIRECTORY/secrets (deploy/compose unless given) and the lines that are missing in
DIRECTORY/.env. What is there stays. --force makes new ones in place of those named; each old one is kept beside it as
NAME.previous, and is not renewed again while that is there. Without a name it renews all but password-pepper: a new
pepper locks every account, so it is renewed by its name only.

Names: postgres-password rabbitmq-auth redis-auth grafana-admin-password jwt-secret password-pepper
TEXT
}

names='postgres-password rabbitmq-auth redis-auth grafana-admin-password jwt-secret password-pepper'
directory=$(dirname "$0")/../deploy/compose
force=
forced=

fail() {
  echo "generate-secrets: $1" >&2
  exit 2
}

while [ $# -gt 0 ]; do
  case $1 in
    --force) force=yes ;;
    --directory)
      [ $# -gt 1 ] || fail '--directory needs a folder'
      directory=$2
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      case " $names " in *" $1 "*) ;; *) fail "there is no secret \"$1\"; known: $names" ;; esac
      [ -n "$force" ] || fail "$1 is made anew only with --force before it"
      forced="$forced $1"
      ;;
  esac
  shift
done
# Without the pepper: every stored password was hashed with it, and nothing can hash them anew.
[ -n "$forced" ] || [ -z "$force" ] || forced=${names% password-pepper}
[ -d "$directory" ] || fail "there is no folder $directory: name the one of compose.yaml with --directory"
secrets=$directory/secrets
env_file=$directory/.env

main() {
  refuse_second_renewal
  # The folder keeps other users of this host out; the files are readable because the users inside the containers have
  # numbers of their own.
  mkdir -p "$secrets"
  chmod 700 "$secrets"
  for name in $names; do
    if [ -s "$secrets/$name" ] && ! is_forced "$name"; then
      echo "kept     secrets/$name"
    else
      renew "$name"
    fi
  done
  if [ -n "$force" ] && ! is_forced password-pepper; then
    echo 'left out password-pepper: a new one locks all accounts, so it is renewed only by its name'
  fi
  write_urls
  write_env
  warn_about_forced
}

# The one before the last may be all that still opens something: stored passwords, or a store that was not told yet.
refuse_second_renewal() {
  for name in $forced; do
    if [ -s "$secrets/$name" ] && [ -e "$secrets/$name.previous" ]; then
      fail "$name is not renewed, and nothing else: secrets/$name.previous is there from the last time, and would be lost.
Put it back (mv -f $secrets/$name.previous $secrets/$name) if something still needs it, or delete it, and run this again"
    fi
  done
}

is_forced() {
  case " $forced " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

renew() {
  if [ -s "$secrets/$1" ]; then
    mv "$secrets/$1" "$secrets/$1.previous"
    echo "renewed  secrets/$1 (the old one: secrets/$1.previous)"
  else
    echo "made     secrets/$1"
  fi
  case $1 in
    rabbitmq-auth) put "$1" "default_user = cloudtask
default_pass = $(random 24)" ;;
    redis-auth) put "$1" "requirepass $(random 24)" ;;
    jwt-secret | password-pepper) put "$1" "$(random 48)" ;;
    *) put "$1" "$(random 24)" ;;
  esac
}

# Hexadecimal, so that it needs no escapes in URLs, and never holds a word that looks like an example.
random() {
  text=$(od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n')
  [ ${#text} -eq $(($1 * 2)) ] || fail 'cannot read random bytes from /dev/urandom'
  printf %s "$text"
}

put() {
  printf '%s\n' "$2" >"$secrets/$1.new"
  chmod 444 "$secrets/$1.new"
  mv "$secrets/$1.new" "$secrets/$1"
}

# They repeat the passwords, so they follow them: after a run that was ended between the two, and after a lost file, they
# would not fit. One that names another user or a server elsewhere was written by a person.
write_urls() {
  url database-url postgres-password "postgres://$(setting POSTGRES_USER postgres)" "$(cat "$secrets/postgres-password")" \
    postgres ":5432/$(setting POSTGRES_DB cloudtask)"
  url broker-url rabbitmq-auth "amqp://$(rabbitmq default_user)" "$(rabbitmq default_pass)" rabbitmq :5672
  url signals-url redis-auth redis:// "$(sed -n 's/^requirepass //p' "$secrets/redis-auth")" redis :6379
}

# NAME, the file of its password, scheme and user, password, host, what follows the host.
url() {
  if [ ! -s "$secrets/$1" ]; then
    put "$1" "$3:$4@$5$6"
    echo "made     secrets/$1"
  elif lacks_password "$(cat "$secrets/$1")" "$3" "$4" "$5"; then
    put "$1" "$3:$4@$5$6"
    echo "renewed  secrets/$1 (it had another password than secrets/$2)"
    is_forced "$2" || warn "$1" "it had another password than secrets/$2. If the store was started with that one, tell it the new one: docs/operations.md, \"Secrets\""
  else
    echo "kept     secrets/$1"
  fi
}

lacks_password() {
  # A password that a person wrote, which may stand in the URL with escapes: it cannot be told.
  case $3 in '' | *[!A-Za-z0-9._~-]*) return 1 ;; esac
  case $1 in
    "$2:$3@$4:"*) return 1 ;;
    "$2:"*"@$4:"*) return 0 ;;
    *) return 1 ;;
  esac
}

rabbitmq() {
  sed -n "s/^$1 = //p" "$secrets/rabbitmq-auth"
}

setting() {
  found=
  # Compose takes quotes around a value for no part of it.
  if [ -f "$env_file" ]; then
    found=$(sed -n "s/^$1=//p" "$env_file" | tail -n 1 | sed "s/^\"\(.*\)\"\$/\1/; s/^'\(.*\)'\$/\1/")
  fi
  printf %s "${found:-$2}"
}

write_env() {
  if [ ! -f "$env_file" ]; then
    echo '# Made by scripts/generate-secrets.sh. Every variable is described in .env.example.' >"$env_file"
  elif [ -n "$(tail -c 1 "$env_file")" ]; then
    echo >>"$env_file"
  fi
  chmod 600 "$env_file"
  line COMPOSE_FILE compose.yaml:compose.prod.yaml
  line COMPOSE_PROFILES app
  line CLOUDTASK_DATABASE_URL_FILE ./secrets/database-url
  line CLOUDTASK_BROKER_URL_FILE ./secrets/broker-url
  line CLOUDTASK_SIGNALS_URL_FILE ./secrets/signals-url
  line CLOUDTASK_JWT_SECRET_FILE ./secrets/jwt-secret
  line CLOUDTASK_PASSWORD_PEPPER_FILE ./secrets/password-pepper
  line POSTGRES_PASSWORD_FILE ./secrets/postgres-password
  line RABBITMQ_AUTH_FILE ./secrets/rabbitmq-auth
  line REDIS_AUTH_FILE ./secrets/redis-auth
  line GRAFANA_ADMIN_PASSWORD_FILE ./secrets/grafana-admin-password
}

line() {
  if grep -q "^$1=" "$env_file"; then
    echo "kept     .env: $1"
  else
    echo "$1=$2" >>"$env_file"
    echo "made     .env: $1"
  fi
}

warn_about_forced() {
  for name in $forced; do
    [ -f "$secrets/$name.previous" ] || continue
    case $name in
      postgres-password) warn "$name" "PostgreSQL still has the old password, and no service gets in until it is told: docs/operations.md, \"Secrets\"" ;;
      rabbitmq-auth) warn "$name" 'RabbitMQ still has the old password, and no service gets in until it is told: docs/operations.md, "Secrets"' ;;
      redis-auth) warn "$name" 'services lose their signals until redis and they are started again: docker compose up -d --force-recreate' ;;
      grafana-admin-password) warn "$name" 'Grafana still has the old password until it is told: docs/operations.md, "Secrets"' ;;
      jwt-secret) warn "$name" 'every access token is invalid once job-service starts again, unless CLOUDTASK_JWT_PREVIOUS_SECRET_FILE=./secrets/jwt-secret.previous stands in .env' ;;
      password-pepper) warn "$name" 'NOBODY CAN LOG IN any more: all stored passwords were hashed with the old one. Put secrets/password-pepper.previous back unless there are no accounts' ;;
    esac
  done
}

warn() {
  echo "! $1: $2" >&2
}

main
