// The servers that are compared: one that believes everybody, and the same with one thing more. Each has a name, start(), and
// args(): what the load is told besides.
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { kServerCore, pinned } from "../delivery/pinned.mjs";
import { program } from "../lib/paths.mjs";
import { startServer } from "../lib/process.mjs";

const here = (name) => join(dirname(fileURLToPath(import.meta.url)), name);
const kSecret = "a secret of this measurement, of more than 32 bytes";
const kLifeS = 3600;
const kMsPerSecond = 1000;
const open = here("../delivery/app.json");

function serve(app, more = [], options = {}) {
  const place = ["--listen", "127.0.0.1:0", "--shards", "1", "--store", "memory:"];
  const [command, ...args] = pinned(kServerCore, [program, "serve", app, ...place, ...more]);
  return startServer(command, args, options);
}

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** What a backend gives out: who, for how long, and what in which rooms, by patterns that have to be matched. */
function token(user) {
  const now = Math.floor(Date.now() / kMsPerSecond);
  const rooms = {
    "user-{sub}": "*",
    "tenant-{tenant}-*": ["join"],
    "bench-*": ["join", "publish:message", "history", "presence"],
  };
  const claims = { sub: user, name: user, tenant: "acme", iat: now, exp: now + kLifeS, rooms };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", kSecret).update(text).digest("base64url")}`;
}

const variant = (name, start, args = () => []) => ({ name, start, args });

const bare = variant("bare", () => serve(open));

const auth = variant(
  "auth",
  () => serve(open, ["--auth-hs256-env", "BENCH_SECRET", "--connections-per-user", "0"], { env: { BENCH_SECRET: kSecret } }),
  () => ["--token", token("user")],
);

const limits = variant("limits", () => serve(here("limited.json")));

const guarded = here("guarded.json");
const middleware = variant("middleware", () => serve(guarded));

/** { name, plain, loaded }: what is measured, beside what. A program that has no middleware yet is measured without. */
export const pairs = [
  { name: "auth: tokens with capabilities", plain: bare, loaded: auth },
  { name: "limits: global, per room, bytes", plain: bare, loaded: limits },
  { name: "one middleware that passes everything on", plain: bare, loaded: middleware },
].filter(({ loaded }) => loaded !== middleware || spawnSync(program, ["check", guarded]).status === 0);
