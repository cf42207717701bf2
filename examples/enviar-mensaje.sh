#!/bin/sh
# Sends a text. Settings: see README.md.
set -eu

API_URL=${API_URL:-http://localhost:3000}
INSTANCIA=${INSTANCIA:-}
MENSAJE=${MENSAJE:-Hola, su pedido está listo.}
if [ -z "${TOKEN:-}" ] || [ -z "${DESTINO:-}" ]; then
  echo "Faltan TOKEN o DESTINO" >&2
  exit 2
fi

# A JSON string: backslashes, quotes and line breaks need an escape.
json() {
  printf '"'
  printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
  printf '"'
}

body="{\"number\":$(json "$DESTINO"),\"message\":$(json "$MENSAJE")"
[ -z "$INSTANCIA" ] || body="$body,\"fromNumber\":$(json "$INSTANCIA")"
body="$body}"

# The status comes on a line of its own after the response. The body goes through a pipe: a long text does not fit into an argument.
answer=$(printf '%s' "$body" | curl --silent --show-error --max-time 60 \
  --header "Authorization: Bearer $TOKEN" \
  --header "Content-Type: application/json" \
  --data-binary @- \
  --write-out '\n%{http_code}' \
  "$API_URL/api/send-message") || exit 1

status=$(printf '%s' "$answer" | tail -n 1)
text=$(printf '%s' "$answer" | sed '$d')
if [ "$status" != 200 ]; then
  echo "HTTP $status: $text" >&2
  exit 1
fi
echo "$text"
