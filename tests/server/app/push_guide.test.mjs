// The examples of docs/guides/push.md and migrate-push-stream.md, run as they stand there: curl, pages in Node's EventSource, and
// pages with the packed module dialogue-client/push.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { kPatienceMs } from "../../patience.mjs";
import { directoryOf, root, Server } from "./support/program.mjs";

const kKey = "0123456789abcdef0123456789abcdef";
const blocksOf = (guide, language) =>
  [
    ...readFileSync(join(root, "docs", "guides", guide), "utf8").matchAll(
      new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"),
    ),
  ].map(([, text]) => text);
const blocks = (language) => blocksOf("push.md", language);
const [inShell] = blocks("sh");
const [inPage, filtered] = blocks("js");
const [byModule, inReact] = blocks("ts");
const [, migrated] = blocksOf("migrate-push-stream.md", "js");
const { transform } = createRequire(join(root, "js", "package.json"))("esbuild");
const anyPort = ["--listen", "127.0.0.1:0", "--api-key-env", "KEY"];

const children = [];
after(() => {
  for (const child of children) child.kill("SIGKILL");
});

/** A program that is left running: lines() gives what it prints, line by line. */
function started(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async until(pattern) {
      const bound = AbortSignal.timeout(kPatienceMs);
      for (;;) {
        const line = await Promise.race([lines.next(), once(bound, "abort").then(() => ({ done: true }))]);
        if (line.done) throw new Error(`${command} never printed ${pattern}`);
        if (pattern.test(line.value)) return line.value;
      }
    },
    stop: () => child.kill(),
  };
}

async function publish(server, room, event, data) {
  const answer = await fetch(`${server.url}/api/v1/rooms/${room}/events`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ event, data }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

/**
 * In front of the server that `current()` gives, once it is there: Node's EventSource, unlike a browser's, ends where a
 * connection is refused.
 */
async function waitingProxy(current) {
  const sockets = new Set();
  const proxy = createServer((incoming) => {
    const end = () => sockets.delete(incoming) && incoming.destroy();
    sockets.add(incoming.on("error", end).on("close", end));
    current().then(({ port }) => {
      const outgoing = connect(port, "127.0.0.1").on("error", end).on("close", end);
      incoming.on("close", () => outgoing.destroy());
      incoming.pipe(outgoing).pipe(incoming);
    });
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const stop = () => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  };
  return { url: `http://127.0.0.1:${proxy.address().port}`, stop };
}

/** A page with the functions that the guide's pages call; what they are called with is printed. */
function page(url, code) {
  const around = `
    setInterval(() => undefined, 1000000); // a page stays while EventSource waits to reconnect
    const Real = globalThis.EventSource;
    globalThis.EventSource = class extends Real {
      constructor(path) {
        super(new URL(path, ${JSON.stringify(url)}));
        this.addEventListener("dialogue.open", () => console.log("open"));
      }
    };
    const show = (...what) => console.log("show " + JSON.stringify(what));
    const reloadEverything = () => console.log("reload");
    ${code}`;
  return started(process.execPath, ["--experimental-eventsource", "--no-warnings", "-e", around]);
}

test("the guide's curl line shows events as they happen", async () => {
  const server = await Server.start(anyPort, { env: { KEY: kKey } });
  const line = inShell.trim().replace("http://127.0.0.1:8080", server.url);
  assert.match(line, /^curl -N /);
  const curl = started("bash", ["-c", `exec ${line} -sS`]);
  await curl.until(/^event: dialogue\.open$/);
  await publish(server, "news", "message", { text: "Hello" });
  await curl.until(/^event: message$/);
  assert.deepEqual(JSON.parse((await curl.until(/^data: /)).slice(6)).data, { text: "Hello" });
  curl.stop();
  await server.stop();
});

test("the guide's page is a whole integration, and continues over kill -9 of the server", async () => {
  assert.ok(inPage.trim().split("\n").length < 50);
  const store = ["--store", `sqlite:${join(directoryOf({}), "news.db")}`, "--stream-retry-ms", "100"];
  const start = () => Server.start([...anyPort, ...store], { env: { KEY: kKey } });
  let starting = start();
  const inFront = await waitingProxy(() => starting);
  let server = await starting;
  const reader = page(inFront.url, inPage);
  await reader.until(/^open$/);
  await publish(server, "news", "message", { text: "first" });
  assert.equal(await reader.until(/^show/), 'show ["system","first"]');
  const killed = server.stop("SIGKILL");
  starting = killed.then(start);
  server = await starting;
  await publish(server, "news", "message", { text: "second" });
  assert.equal(await reader.until(/^(show|reload)/), 'show ["system","second"]');
  reader.stop();
  inFront.stop();
  await server.stop();
});

test("the guide's page with a filter gets what it asks for", async () => {
  const app = join(directoryOf({ "app.json": blocks("json")[0] }), "app.json");
  const server = await Server.start([app, ...anyPort], { env: { KEY: kKey } });
  const reader = page(server.url, filtered);
  await reader.until(/^open$/);
  for (const order of [
    { region: "us", total: 500 },
    { region: "uk", total: 99 },
    { region: "uk", total: 100 },
  ])
    await publish(server, "orders", "order.created", order);
  assert.equal(await reader.until(/^show/), 'show [{"region":"uk","total":100}]');
  reader.stop();
  await server.stop();
});

/** A page that imports the packed module; what its functions are called with is printed. */
async function modulePage(url, text) {
  const { code } = await transform(text, { loader: "ts", format: "esm" });
  const module = JSON.stringify(pathToFileURL(join(root, "js", "dist", "push.js")).href);
  const around = `
    globalThis.location = { href: ${JSON.stringify(`${url}/`)} };
    const printed = (name) => (...what) => console.log(name + " " + JSON.stringify(what));
    for (const name of ["show", "showState", "add", "reloadEverything"]) globalThis[name] = printed(name);
    globalThis.app = {};
    globalThis.useEffect = (effect) => { effect()(); effect(); }; // as StrictMode does it
    setInterval(() => undefined, 1000000); // a page stays while its stream waits to reconnect
    ${code.replace('"dialogue-client/push"', module)}`;
  return started(process.execPath, ["--no-warnings", "--input-type=module", "-e", around]);
}

const definitions = () => join(directoryOf({ "app.json": blocks("json")[0] }), "app.json");
const order = { region: "eu", total: 100 };

test("the guide's page with the module is typed, a whole integration, and continues over kill -9 of the server", async () => {
  assert.ok(byModule.trim().split("\n").length < 50);
  const store = ["--store", `sqlite:${join(directoryOf({}), "push.db")}`, "--stream-retry-ms", "100"];
  const app = definitions();
  let server = await Server.start([app, ...anyPort, ...store], { env: { KEY: kKey } });
  const reader = await modulePage(server.url, byModule);
  await reader.until(/^showState \["connected"/);
  await publish(server, "news", "message", { text: "first" });
  assert.equal(await reader.until(/^show /), 'show ["system","news",1]');
  await publish(server, "orders", "order.created", order);
  assert.equal(await reader.until(/^show /), `show [${JSON.stringify(order)}]`);
  const { port } = server;
  await server.stop("SIGKILL");
  await reader.until(/^showState \["reconnecting"/);
  server = await Server.start([app, "--listen", `127.0.0.1:${port}`, "--api-key-env", "KEY", ...store], { env: { KEY: kKey } });
  await publish(server, "news", "message", { text: "second" });
  assert.equal(await reader.until(/^(show|reloadEverything) /), 'show ["system","news",2]');
  reader.stop();
  await server.stop();
});

test("the guide's effect for React makes one stream of two mounts", async () => {
  const server = await Server.start([definitions(), ...anyPort], { env: { KEY: kKey } });
  const reader = await modulePage(
    server.url,
    inReact.replace("return () =>", 'stream.on("dialogue.open", () => console.log("open"));\n  return () =>'),
  );
  await reader.until(/^open$/);
  for (const text of ["first", "second"]) {
    await publish(server, "news", "message", { text });
    assert.equal(JSON.parse((await reader.until(/^(add|open)/)).slice(4))[0].data.text, text);
  }
  reader.stop();
  await server.stop();
});

test("the page that moved from PushStream gets its orders", async () => {
  const server = await Server.start([definitions(), ...anyPort], { env: { KEY: kKey } });
  const reader = await modulePage(server.url, migrated);
  assert.equal(await reader.until(/^showState/), 'showState ["open"]');
  await publish(server, "orders", "order.created", order);
  assert.equal(await reader.until(/^show /), "show [100]");
  reader.stop();
  await server.stop();
});
