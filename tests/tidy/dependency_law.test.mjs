// The law of dependency: shared <- server; shared <- client-wasm <- js; server/core knows no socket, store or JSON library.
// Read from #include and import lines, so that a forbidden one fails here with its line even where it would still compile.
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { complaints, cpp, files, nothing, read, written } from "./repository.mjs";

const kSystem = ["sys/", "linux/", "netinet/", "arpa/", "unistd.h", "fcntl.h", "poll.h", "signal.h"];

/** The directories of one layer, from the bottom up: each may include itself and those before it. */
function stacked(root, directories, more = {}) {
  const from = more.repo ?? [];
  const paths = directories.map((directory) => (directory === "." ? root : `${root}${directory}/`));
  return paths.map((at, index) => ({ ...more, at, repo: [...from, ...paths.slice(0, index + 1)] })).reverse();
}

const sharedOrder = ["base", "json", "schema", "pattern", "catalogue", "validate", "define", "protocol", "document"];
const coreOrder = ["util", "log", "documents", "access", "messages", "observe", "effects", "connection", "middleware"];
coreOrder.push("context", "exchange", "room", "presence", "owner", "session", "shard");

// What the loop and all above it may include of the layers below.
const kCarried = ["shared/", "server/metrics/", "server/core/", "server/calls/", "server/net/"];
const kTransport = ["transport", "handoff", "send_queue", "per_loop", "stream_texts", "bounded_append"].map(
  (name) => `server/transport/${name}.hpp`,
);
const kLoop = [
  ...kCarried,
  ...kTransport,
  "server/replay/",
  "server/store/store.hpp",
  "server/store/submit.hpp",
  "server/store/log_follows.hpp",
  "server/trace/tracer.hpp",
];
const kEngine = ["server/transport/websocket/", "server/transport/engineio/"];
const kSockets = ["server/loop/", "server/transport/socket/"];

/** What a layer of the chat application may include of itself, and which libraries; Dialogue as its users have it. */
const chatLayer = (name, layers, third, more = {}) => ({
  at: `apps/chat/${name}`,
  repo: layers.map((layer) => `apps/chat/${layer}/`),
  third,
  ...more,
});
const kChat = [
  chatLayer("domain/", ["domain"], ["utf8proc.h"], { pure: true }),
  chatLayer("security/", ["domain", "security"], ["openssl/", "argon2.h"]),
  chatLayer("store/", ["domain", "store"], ["sqlite3.h"]),
  chatLayer("api/", ["domain", "security", "store", "api"], ["boost/", "dialogue/"]),
  chatLayer("bridge/", ["domain", "security", "store", "api", "bridge"], ["boost/", "dialogue/"]),
  chatLayer("tests/", ["domain", "security", "store", "api", "bridge"], ["catch2/"]),
  { at: "apps/chat/", repo: ["apps/chat/"], third: ["dialogue/", "boost/", "sys/"] },
];

// First match counts. `repo`: directories whose headers may be included; `third`: libraries (absent: any);
// `pure`: no clock, no chance, no threads, no I/O.
const kLayers = [
  ...kChat,
  { at: "shared/base/", repo: ["shared/base/"], third: ["cpuid.h", "immintrin.h"], pure: true }, // the processor's own SHA-256
  ...stacked("shared/", sharedOrder, { third: [], pure: true }),
  { at: "client-wasm/core/", repo: ["shared/", "client-wasm/core/"], third: [], pure: true },
  { at: "client-wasm/tables/", repo: ["shared/", "client-wasm/"], third: [] }, // a tool of the build: it prints
  { at: "client-wasm/", repo: ["shared/", "client-wasm/"], third: [], pure: true },
  {
    at: "server-wasm/",
    repo: ["shared/", "server/core/", "server/store/", "server/definitions/", "server-wasm/"],
    third: [],
    pure: true,
  },
  // What core includes of it is pure; SharedCells, for all others, is not.
  { at: "server/metrics/", repo: ["shared/", "server/metrics/"], third: [] },
  ...stacked("server/core/", coreOrder, { repo: ["shared/", "server/metrics/"], third: [], pure: true }),
  ...stacked("server/definitions/", ["source", "schema", "compatibility", "output"], {
    repo: ["shared/"],
    third: ["re2/"],
    pure: true,
  }),
  { at: "server/replay/", repo: ["shared/", "server/metrics/", "server/core/", "server/replay/"], third: [], pure: true },
  { at: "server/definitions/", repo: ["shared/", "server/definitions/"], third: ["re2/"], pure: true },
  { at: "server/calls/", repo: ["shared/", "server/core/", "server/calls/"], third: ["boost/"] },
  {
    at: "server/api/",
    repo: ["shared/", "server/core/", "server/calls/", "server/definitions/", "server/api/"],
    third: [],
  },
  { at: "server/middleware/", repo: ["shared/", "server/core/", "server/middleware/"], third: ["re2/", "dialogue/"], pure: true },
  {
    at: "server/store/",
    repo: ["shared/", "server/metrics/", "server/core/", "server/store/"],
    third: ["sqlite3.h", "libpq-fe.h", "hiredis/", "openssl/", "netdb.h", "dlfcn.h", ...kSystem],
  },
  {
    at: "server/cluster/",
    repo: ["shared/", "server/core/log/", "server/core/messages/", "server/core/util/", "server/store/", "server/cluster/"],
    third: [],
  },
  {
    at: "server/heads/",
    repo: ["shared/", "server/core/", "server/api/heads/", "server/store/kept_state.hpp", "server/store/kept/", "server/heads/"],
    third: [],
  },
  {
    at: "server/audit/",
    repo: [
      "shared/",
      "server/metrics/",
      "server/core/",
      "server/store/sqlite/tables/sqlite_database.hpp",
      "server/store/sqlite/files/sqlite_file_watch.hpp",
      "server/store/sqlite/files/sqlite_wal.hpp",
      "server/store/file_lock.hpp",
      "server/store/file_place.hpp",
      "server/store/linked_path.hpp",
      "server/store/work_queue.hpp",
      "server/store/user_data.hpp",
      "server/store/erasure/file_scanner.hpp",
      "server/audit/",
    ],
    third: ["openssl/", "sqlite3.h", ...kSystem],
  },
  {
    at: "server/ops/",
    repo: ["shared/", "server/metrics/", "server/core/", "server/ops/"],
    third: ["spdlog/", "fmt/", "nlohmann/", "dirent.h", ...kSystem],
  },
  { at: "server/observe/", repo: ["shared/", "server/metrics/", "server/core/", "server/observe/"], third: [] },
  { at: "server/http_client/", repo: ["server/http_client/"], third: ["boost/", "openssl/", ...kSystem] },
  {
    at: "server/trace/otlp/",
    repo: ["shared/", "server/metrics/", "server/core/", "server/http_client/", "server/trace/"],
    third: ["boost/"],
  },
  {
    at: "server/trace/publications/",
    repo: ["shared/", "server/metrics/", "server/core/", "server/trace/"],
    third: [],
  },
  { at: "server/trace/context/", repo: ["shared/", "server/trace/context/"], third: [], pure: true },
  { at: "server/trace/", repo: ["shared/", "server/trace/"], third: ["openssl/"] },
  {
    at: "server/auth/jwks_",
    repo: ["shared/", "server/core/", "server/http_client/", "server/auth/"],
    third: ["boost/", "openssl/"],
  },
  { at: "server/auth/", repo: ["shared/", "server/core/", "server/auth/"], third: ["openssl/"] },
  {
    at: "server/webhooks/",
    repo: ["shared/", "server/metrics/", "server/core/", "server/http_client/", "server/trace/tracer.hpp", "server/webhooks/"],
    third: ["boost/", "openssl/"],
  },
  {
    at: "server/push/",
    repo: [
      "shared/",
      "server/metrics/",
      "server/core/",
      "server/store/store.hpp",
      "server/store/kept_state.hpp",
      "server/store/kept/",
      "server/http_client/",
      "server/auth/",
      "server/api/notifications/",
      "server/push/",
    ],
    third: ["boost/", "openssl/"],
  },
  // What carries, from the sockets up: each knows those below it, and no loop knows which transports there are.
  { at: "server/net/", repo: ["shared/", "server/core/", "server/net/"], third: ["boost/", "openssl/", ...kSystem] },
  {
    at: "server/transport/socket/",
    repo: [...kCarried, ...kTransport, "server/loop/", "server/transport/socket/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/transport/websocket/",
    repo: [...kCarried, ...kTransport, ...kSockets, "server/http/", "server/transport/websocket/"],
    third: ["boost/", "openssl/", ...kSystem],
  },
  {
    at: "server/transport/sse/",
    repo: [...kCarried, ...kTransport, ...kSockets, "server/api/", "server/http/", "server/transport/sse/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/transport/yjs/",
    repo: [...kCarried, ...kTransport, ...kSockets, ...kEngine.slice(0, 1), "server/http/", "server/transport/yjs/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/transport/tcp/",
    repo: [...kCarried, ...kTransport, ...kSockets, "server/transport/tcp/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/transport/http_tunnel/",
    repo: [...kCarried, ...kTransport, "server/loop/", "server/api/", "server/http/", "server/transport/http_tunnel/"],
    third: ["boost/", "openssl/", ...kSystem],
  },
  {
    at: "server/transport/engineio/",
    repo: [...kCarried, ...kTransport, "server/loop/", "server/api/", "server/http/", ...kEngine],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/transport/socketio/",
    repo: [...kCarried, ...kTransport, "server/loop/", ...kEngine, "server/transport/socketio/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/socketio/",
    repo: [...kCarried, ...kTransport, "server/loop/", ...kEngine, "server/transport/socketio/", "server/socketio/"],
    third: ["boost/", ...kSystem],
  },
  { at: "server/transport/", repo: [...kCarried, "server/transport/"], third: ["boost/", ...kSystem] },
  { at: "server/loop/", repo: [...kLoop, "server/loop/"], third: ["boost/", ...kSystem] },
  {
    at: "server/http2/",
    repo: [...kCarried, "server/loop/", "server/http2/"],
    third: ["boost/", "nghttp2/", ...kSystem],
  },
  ...stacked("server/http/", ["request", "response"], {
    repo: [...kCarried, "server/api/"],
    third: ["boost/", "zlib.h", ...kSystem],
  }),
  {
    at: "server/http/",
    repo: [...kLoop, "server/api/", "server/loop/", "server/http2/", "server/http/"],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/host/",
    repo: [
      ...kLoop,
      "server/loop/",
      "server/http/",
      ...["websocket", "sse", "yjs", "http_tunnel", "tcp", "engineio", "socketio"].map((name) => `server/transport/${name}/`),
      "server/host/",
    ],
    third: ["boost/", ...kSystem],
  },
  {
    at: "server/proxy/",
    repo: ["shared/", "server/core/", "server/api/", "server/net/", "server/http_client/", "server/http/", "server/proxy/"],
    third: ["boost/"],
  },
  {
    at: "server/load/wire/",
    repo: ["shared/", "server/transport/websocket/websocket_frame.hpp", "server/load/wire/"],
    third: ["openssl/", "netdb.h", ...kSystem],
  },
  {
    at: "server/load/",
    repo: ["shared/", "client-wasm/core/", "server/load/"],
    third: ["openssl/", "netdb.h", ...kSystem],
  },
  {
    at: "server/shell/",
    repo: ["shared/", "server/core/messages/frame_text.hpp", "client-wasm/core/", "server/load/wire/", "server/shell/"],
    third: [...kSystem],
  },
  ...stacked("server/doctor/", ["wire", "verdict", "probes", "."], {
    repo: ["shared/", "server/http_client/", "server/load/wire/", "server/transport/websocket/websocket_frame.hpp"],
    third: ["boost/", "openssl/"],
  }),
  ...stacked("server/app/", ["settings", "process", "dev", "commands", "."], {
    repo: [
      "shared/",
      "client-wasm/core/",
      "client-wasm/replay/",
      ...(
        "core api audit auth definitions doctor embed http http_client load metrics middleware net ops replay shell store " +
        "trace webhooks"
      )
        .split(" ")
        .map((layer) => `server/${layer}/`),
    ],
  }).filter((layer) => layer.at !== "server/app/"),
  { at: "server/app/", repo: ["shared/", "server/", "client-wasm/core/", "client-wasm/replay/"] },
  {
    at: "server/",
    repo: [
      "shared/",
      ...(
        "core api audit auth calls cluster definitions embed heads host http http_client metrics middleware net observe ops " +
        "proxy push replay socketio store trace webhooks"
      )
        .split(" ")
        .map((layer) => `server/${layer}/`),
    ],
    third: ["boost/", "dialogue/", ...kSystem],
  },
];

const kSource = /\.(cpp|hpp|h|ts|tsx|mjs|js|svelte|vue|py|sh)$/;

/** One cycle through each node of `edges` (a Map of Sets) that is on one. */
function cyclesOf(edges) {
  const done = new Set();
  const cycles = [];
  function visit(node, way) {
    const seen = way.indexOf(node);
    if (seen >= 0) return cycles.push([...way.slice(seen), node]);
    if (done.has(node)) return undefined;
    for (const next of edges.get(node) ?? []) visit(next, [...way, node]);
    return done.add(node);
  }
  for (const node of edges.keys()) visit(node, []);
  return cycles;
}

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

test("no two directories include each other, on whatever way", () => {
  const edges = new Map();
  for (const path of cpp.filter((file) => /^(shared|server|client-wasm|server-wasm)\//.test(file)))
    for (const [, bracket, target] of read(path).matchAll(/^\s*#\s*include\s*("|<(?=dialogue\/))([^">]+)/gm)) {
      const from = posix.dirname(path);
      const to = bracket === "<" ? "server/include/dialogue" : posix.dirname(target);
      if (from !== to) edges.set(from, new Set(edges.get(from)).add(to));
    }
  nothing(cyclesOf(edges).map((cycle) => cycle.join(" -> ")));
});

test("a directory holds at most 25 sources", () => {
  const counts = new Map();
  for (const path of written.filter((file) => kSource.test(file)))
    counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
  nothing([...counts].filter(([, count]) => count > 25).map(([directory, count]) => `${directory}: ${count}`));
});

test("core and loop do not name a transport: what there is, shared/base/transports.hpp lists and server/host registers", () => {
  const sources = cpp.filter((path) => /^server\/(core|loop)\/|^server\/transport\/[^/]+$/.test(path));
  assert.notEqual(sources.length, 0);
  nothing(complaints(sources, (line) => /websocket/i.exec(line)?.[0]));
});

test("the chat application uses the library as its users do", () => {
  const sources = cpp.filter((path) => path.startsWith("apps/"));
  assert.notEqual(sources.length, 0);
  const libraries = ["dialogue/", "boost/", "openssl/", "sqlite3.h", "argon2.h", "utf8proc.h", "catch2/", "sys/"];
  const found = complaints(sources, (line, _, path) => {
    const [, bracket, name] = /^\s*#\s*include\s*(["<])([^">]+)/.exec(line) ?? [];
    if (name === undefined || (bracket === "<" && isStandard(name))) return undefined;
    const isOwn = bracket === '"' && name.startsWith("apps/");
    const isAllowed = bracket === "<" && libraries.some((each) => name.startsWith(each)) && !name.includes("/detail/");
    return isOwn || isAllowed ? undefined : `${path} includes ${name}`;
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
