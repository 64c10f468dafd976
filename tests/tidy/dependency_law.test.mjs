// The law of dependency: shared <- server; shared <- client-wasm <- js; server/core knows no socket, store or JSON library.
// Read from #include and import lines, so that a forbidden one fails here with its line even where it would still compile.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { complaints, cpp, files, nothing, scripts } from "./repository.mjs";

const kSystem = ["sys/", "linux/", "netinet/", "arpa/", "unistd.h", "fcntl.h", "signal.h"];

// First match counts. `repo`: directories whose headers may be included; `third`: libraries (absent: any);
// `pure`: no clock, no chance, no threads, no I/O.
const kLayers = [
  { at: "shared/", repo: ["shared/"], third: [], pure: true },
  { at: "client-wasm/core/", repo: ["shared/", "client-wasm/core/"], third: [], pure: true },
  { at: "client-wasm/tables/", repo: ["shared/", "client-wasm/"], third: [] }, // a tool of the build: it prints
  { at: "client-wasm/", repo: ["shared/", "client-wasm/"], third: [], pure: true },
  { at: "server/core/", repo: ["shared/", "server/core/"], third: [], pure: true },
  { at: "server/replay/", repo: ["shared/", "server/core/", "server/replay/"], third: [], pure: true },
  { at: "server/definitions/", repo: ["shared/", "server/definitions/"], third: ["re2/"], pure: true },
  { at: "server/api/", repo: ["shared/", "server/core/", "server/definitions/", "server/api/"], third: [] },
  { at: "server/middleware/", repo: ["shared/", "server/core/", "server/middleware/"], third: ["re2/", "dialogue/"], pure: true },
  { at: "server/store/", repo: ["shared/", "server/core/", "server/store/"], third: ["sqlite3.h", ...kSystem] },
  { at: "server/ops/", repo: ["shared/", "server/core/", "server/ops/"], third: ["spdlog/", "fmt/", "nlohmann/", ...kSystem] },
  { at: "server/http_client/", repo: ["server/http_client/"], third: ["boost/", "openssl/"] },
  {
    at: "server/auth/jwks_",
    repo: ["shared/", "server/core/", "server/http_client/", "server/auth/"],
    third: ["boost/", "openssl/"],
  },
  { at: "server/auth/", repo: ["shared/", "server/core/", "server/auth/"], third: ["openssl/"] },
  {
    at: "server/webhooks/",
    repo: ["shared/", "server/core/", "server/http_client/", "server/webhooks/"],
    third: ["boost/", "openssl/"],
  },
  {
    at: "server/net/",
    repo: [
      ...["shared/", "server/core/", "server/replay/", "server/api/", "server/net/"],
      ...["server/store/store.hpp", "server/store/carry.hpp"],
    ],
    third: ["boost/", "zlib.h", "openssl/", ...kSystem],
  },
  {
    at: "server/load/",
    repo: ["shared/", "client-wasm/core/", "server/net/websocket_frame.hpp", "server/load/"],
    third: ["dialogue/setup_error.hpp", "openssl/", "netdb.h", "poll.h", ...kSystem],
  },
  { at: "server/app/", repo: ["shared/", "server/", "client-wasm/core/", "client-wasm/replay/"] },
  { at: "server/", repo: ["shared/", "server/"], third: ["boost/", "dialogue/", "prometheus/", ...kSystem] },
];

const kImpure = (
  "chrono ctime random thread mutex shared_mutex future condition_variable atomic stop_token fstream iostream cstdio " +
  "filesystem iomanip"
).split(" ");

const isStandard = (name) => /^[a-z_0-9]+$/.test(name);

function complaintAbout(path, bracket, name) {
  const layer = kLayers.find((candidate) => path.startsWith(candidate.at));
  if (bracket === '"') {
    if (!files.includes(name)) return `"${name}" is not a path from the repository's root`;
    return layer && !layer.repo.some((prefix) => name.startsWith(prefix)) ? `${layer.at} may not include ${name}` : undefined;
  }
  if (!layer) return undefined;
  if (isStandard(name))
    return layer.pure && kImpure.includes(name) ? `${layer.at} is sans-io and may not include <${name}>` : undefined;
  return layer.third && !layer.third.some((prefix) => name.startsWith(prefix))
    ? `${layer.at} may not include <${name}>`
    : undefined;
}

test("every #include obeys the law of dependency", () => {
  const found = complaints(cpp, (line, _, path) => {
    const include = /^\s*#\s*include\s*(["<])([^">]+)/.exec(line);
    return include && complaintAbout(path, include[1], include[2]);
  });
  nothing(found);
});

test("the examples use the library as its users do: <dialogue/...> and their own files", () => {
  const sources = cpp.filter((path) => path.startsWith("examples/"));
  const found = complaints(sources, (line) => {
    const include = /^\s*#\s*include\s*"([^"]+)"/.exec(line);
    return include && !include[1].startsWith("examples/") && `includes ${include[1]}`;
  });
  nothing(found);
});

test("the npm package's sources import only each other", () => {
  const sources = scripts.filter((path) => path.startsWith("js/src/"));
  assert.notEqual(sources.length, 0);
  const found = complaints(sources, (line, _, path) => {
    const imported =
      /^\s*(?:import|export|\})[^"'`]*\bfrom\s+["']([^"']+)|^\s*import\s+["']([^"']+)|\bimport\(\s*["']([^"']+)/.exec(line);
    const name = imported?.[1] ?? imported?.[2] ?? imported?.[3];
    if (name === undefined) return undefined;
    const target = posix.join(posix.dirname(path), name);
    return name.startsWith(".") && target.startsWith("js/src/") ? undefined : `imports ${name}`;
  });
  nothing(found);
});
