# What stands around the shell blocks of one guide: `dialogue serve` runs beside what follows until the guide ends or serves
# again, and listens on a free port of loopback whatever the guide says; the other commands are the real ones.
# Given: REAL (the program), PORT, BENCH_CLIENTS.
set -euo pipefail

server=
finish() {
  [ -z "$server" ] && return
  kill "$server"
  wait "$server" || { echo "the server ended with $?" >&2; return 1; }
  server=
}
trap finish EXIT

serve() {
  finish
  # What would not start as it is written must not be hidden by another address.
  case " $* " in *" --listen "*) "$REAL" check "${@:2}" ;; esac
  local arguments=() scheme=http
  while [ $# -gt 0 ]; do
    case "$1" in
      --listen) shift ;;
      --tls-cert) scheme=https arguments+=("$1") ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  "$REAL" "${arguments[@]}" --listen "127.0.0.1:$PORT" > server.log 2>&1 &
  server=$!
  local health="$scheme://127.0.0.1:$PORT/health"
  curl -ksSf --retry 60 --retry-connrefused --retry-max-time 60 "$health" > health.json 2>&1 && kill -0 "$server" || {
    cat server.log >&2
    return 1
  }
}

curl() { command curl "${@/http:\/\/localhost:8080/http://127.0.0.1:$PORT}"; }

dialogue() {
  case "$1" in
    serve | dev) serve "$@" ;;
    replay | store | erase) finish && "$REAL" "$@" ;;
    bench)
      local arguments=("${@/ws:\/\/localhost:8080/ws://127.0.0.1:$PORT}")
      "$REAL" "${arguments[@]/#1000/$BENCH_CLIENTS}" --seconds 2
      ;;
    tail | publish | rooms | doctor | top | why) "$REAL" "${@/http:\/\/127.0.0.1:8080/http://127.0.0.1:$PORT}" ;;
    *) "$REAL" "$@" ;;
  esac
}
