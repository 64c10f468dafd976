#!/usr/bin/env bash
# What `cmake --install` installs is enough: examples/embedding, copied elsewhere, is built against it and run. Prints TAP.
# DIALOGUE_BUILD names another build than build/release.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${DIALOGUE_BUILD:-$root/build/release}
place=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$place"' EXIT

# Outside the repository nothing of it is on a search path. Includes keep the form that they have in it.
mkdir "$place/examples"
cp -r "$root/examples/embedding" "$place/examples/"
project=$place/examples/embedding
bin=$place/build

number=0
# check NAME COMMAND...: one test; what the command said is shown when it fails.
check() {
  local name=$1
  shift
  number=$((number + 1))
  if "$@" >"$place/log" 2>&1; then
    echo "ok $number - $name"
  else
    echo "not ok $number - $name"
    sed 's/^/# /' "$place/log" | tail -n 40
  fi
}

configure() {
  cmake -S "$project" -B "$bin" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$place/prefix" \
    -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache)"
}

# serve PROGRAM ARGUMENT...: starts it and waits for its port.
serve() {
  exec 3< <(exec "$@" 2>&1)
  program=$!
  port=
  while [ -z "$port" ] && read -r -t 20 line <&3; do
    port=$(sed -n 's/^listening on port \([0-9]*\)$/\1/p' <<<"$line")
  done
  [ -n "$port" ]
}

# Ends what serve started; it must end with 0.
finish() {
  kill -TERM "$program" && wait "$program"
}

page_is_the_hosts() {
  node -e 'fetch(process.argv[1]).then(async (r) => console.log(await r.text()))' "http://127.0.0.1:$port/" |
    grep -Fx "This page is the host's own."
}

# The fenced block of README's C++ section in this language.
readme_block() {
  sed -n '/^## In a C++ program/,/^## W/p' "$root/README.md" | sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" | sed '/^```/d'
}

# The program that README.md shows, with the CMake lines that it shows, as a project. It gets its address from the test.
readme_project() {
  local own='  Config config;\n  config.listen = std::getenv("LISTEN");'
  mkdir -p "$place/readme"
  { echo '#include <cstdlib>' && readme_block cpp | sed "s|^  Config config;\$|$own|"; } >"$place/readme/main.cpp"
  {
    echo 'cmake_minimum_required(VERSION 3.25)'
    echo 'project(Readme LANGUAGES CXX)'
    readme_block cmake
  } >"$place/readme/CMakeLists.txt"
  grep -q getenv "$place/readme/main.cpp" && grep -q Dialogue::Dialogue "$place/readme/CMakeLists.txt" &&
    cmake -S "$place/readme" -B "$place/readme/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_PREFIX_PATH="$place/prefix" \
      -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache)" &&
    cmake --build "$place/readme/build"
}

readme_program_listens() {
  port=$(node "$root/tests/install/free_port.mjs")
  LISTEN=127.0.0.1:$port "$place/readme/build/my_server" &
  program=$!
  node "$root/tests/install/fetch.mjs" "http://127.0.0.1:$port/health"
}

client_is_served() {
  node "$root/tests/install/fetch.mjs" "http://127.0.0.1:$port/_dialogue/client.js" createDialogueClient
}

# Each public header alone, with nothing but -I PREFIX/include; and whatever else was installed is below dialogue/detail/.
headers_are_self_contained() {
  local include=$place/prefix/include faults=0 count=0 header
  for header in "$include"/dialogue/*.hpp; do
    count=$((count + 1))
    echo "#include <dialogue/${header##*/}>" |
      ${CXX:-c++} -std=c++20 -Wall -Wextra -Werror -fsyntax-only -I "$include" -x c++ - ||
      { echo "<dialogue/${header##*/}> is not self-contained" && faults=1; }
  done
  [ "$faults" = 0 ] && [ "$count" = "$(ls "$root"/server/include/dialogue | wc -l)" ]
}

only_dialogue_is_taken() {
  ! ls -d "$place"/prefix/include/* "$place"/prefix/include/dialogue/*/ | grep -v -e '/dialogue$' -e '/dialogue/detail/$'
}

generated() {
  grep -q '"game-{id}"' "$bin/game.ts" && { ! command -v emcmake || [ -s "$bin/game.wasm" ]; }
}

check "the build is installed" cmake --install "$build" --prefix "$place/prefix"
check "the installed program runs" "$place/prefix/bin/dialogue" version
check "each public header is self-contained: -I PREFIX/include is enough" headers_are_self_contained
check "of names to include, only dialogue/ is taken, and in it dialogue/detail/" only_dialogue_is_taken
check "a project finds the package" configure
check "it is built against the package" cmake --build "$bin"
check "the embedding program listens" serve "$bin/embedding" 127.0.0.1:0
check "it answers a move" node "$root/tests/install/play.mjs" "$port"
check "it ends with 0 on SIGTERM" finish
check "the host with Dialogue mounted listens" serve "$bin/mounted" 0
check "it serves its own page" page_is_the_hosts
check "Dialogue in it answers a move" node "$root/tests/install/play.mjs" "$port"
check "it ends with 0 on SIGTERM as well" finish
check "F-F16 the README's program is built with the lines that it shows" readme_project
check "F-F16 it listens" readme_program_listens
check "F-F16 it serves the browser client" client_is_served
check "F-F16 it ends with 0 on SIGTERM" finish
check "dialogue_add_app made a program with its definitions" "$bin/game" check
check "and the TypeScript module and the WebAssembly client" generated
echo "1..$number"
