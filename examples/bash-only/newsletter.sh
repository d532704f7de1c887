#!/usr/bin/env bash
# Mails a letter to each address on standard input, and waits for the mails. Run it again as often as you like: who has this
# letter gets no second one.   newsletter.sh LETTER.txt < addresses.txt
set -euo pipefail

letter=${1:?which letter? newsletter.sh LETTER.txt < addresses.txt}
tag=$(basename "$letter" .txt)

# Whoever has an `npx cloudtask` only: export CLOUDTASK='npx cloudtask'.
cloudtask() { ${CLOUDTASK:-command cloudtask} "$@"; }

submit_one() {
  local code=0
  # In a pipe the answer is the id and nothing else. < /dev/null: the list of addresses is not for this command.
  cloudtask submit email to="$1" subject="$tag" text=@"$letter" --tag "$tag" --idempotency-key "$tag/$1" \
    --output id < /dev/null || code=$?
  case $code in
    0) ;;
    6) echo "refused: $1" >&2 ;;     # this address will be refused again: go on with the next
    *) exit "$code" ;;               # signed out, no server: that would be so for all of them
  esac
}

# The ids go through a file, so that they can be waited for again after a limit or a Ctrl-C.
ids=$(mktemp)
trap 'rm -f "$ids"' EXIT
while read -r address || [[ -n $address ]]; do submit_one "$address"; done > "$ids"

if [[ ! -s $ids ]]; then
  echo 'nobody to write to' >&2
  exit 0
fi

code=0
cloudtask jobs wait - --timeout "${LIMIT:-2m}" --output none < "$ids" || code=$?
case $code in
  0) echo "$(wc -l < "$ids") mails sent" ;;
  3) echo 'some mails were not sent; cloudtask failures list says why' >&2 ;;
  8) echo "not done yet; look with: cloudtask jobs list --tag $tag" >&2 ;;
esac
exit "$code"
