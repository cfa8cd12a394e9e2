#!/bin/sh
# Publishes a price with the `nats` command line, and prints Runnel's answer: only that means that it is stored.
# Usage: publish.sh [payload] [message id]
set -eu
cd "$(dirname "$0")/../.."

payload=${1:-}
[ -n "$payload" ] || payload='{"symbol":"EUR","price":1.07}'
key=${RUNNEL_API_KEY:-$(cat "${RUNNEL_DATA_DIR:-data}/admin-key")}
subject_of() { npx runnel describe "$1" 2>/dev/null | sed -n 's/^NATS subject  *//p'; }
subject=$(subject_of prices)
if [ -z "$subject" ]; then
  npx runnel create workflow prices >/dev/null
  subject=$(subject_of prices)
fi

# In the environment the key is not seen in the list of processes, as it would be in --server or --user. Without a
# password it is taken for a token.
export NATS_URL="${NATS_URL:-nats://127.0.0.1:4222}" NATS_USER="$key"

nats --inbox-prefix "_INBOX_$(echo "$key" | cut -d _ -f 2)" \
  request --raw "$subject" "$payload" -H Runnel-Channel:price ${2:+-H "Nats-Msg-Id:$2"}
