// Notifications in a real browser: Firefox subscribes at a push service of the test, the guide's page registers it, a backend
// sends, and Firefox decrypts what the server encrypted and runs the service worker.
// @engine: Chromium subscribes at a service of its own only, and WebKitGTK has no Web Push.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type WebSocket, WebSocketServer } from "ws";
import { checkVapid } from "../../tests/server/app/support/push_service.mjs";
import { jsonOnly, stockProgram } from "../support/server.js";
import { expect, firefoxOptions, test } from "../support/test.js";

const dist = fileURLToPath(new URL("../../js/dist/", import.meta.url));
const guide = join(fileURLToPath(new URL("../../docs/guides", import.meta.url)), "notifications.md");
const signingSecret = "a-secret-of-at-least-32-bytes-for-tests";
const apiKey = "notifications-key-of-32-characters-or-more";

/** What Mozilla's push service does, as far as a browser and a sender see it. */
class Autopush {
  readonly http = createServer((request, response) => {
    this.take(request).then(
      (status) => response.writeHead(status).end(),
      (error: Error) => response.writeHead(403).end(error.message),
    );
  });
  private browser: WebSocket | undefined;
  private readonly channels = new Map<string, { channelID: string; key: string }>();

  static async start(): Promise<Autopush> {
    const service = new Autopush();
    new WebSocketServer({ server: service.http }).on("connection", (socket) => {
      service.browser = socket;
      socket.on("message", (data) => service.answer(socket, JSON.parse(`${data}`)));
    });
    await new Promise<void>((resolve) => service.http.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  close(): void {
    this.browser?.terminate();
    this.http.close();
    this.http.closeAllConnections();
  }

  private answer(socket: WebSocket, { messageType, channelID, key }: Record<string, string>): void {
    const reply = (value: object) => socket.send(JSON.stringify({ messageType, status: 200, ...value }));
    if (messageType === "hello") reply({ uaid: "0123456789abcdef0123456789abcdef", use_webpush: true });
    if (messageType === "unregister") reply({ channelID });
    if (messageType !== "register") return;
    const path = `/send/${this.channels.size}`;
    this.channels.set(path, { channelID: channelID!, key: key! });
    reply({ channelID, pushEndpoint: this.origin + path });
  }

  private async take(request: IncomingMessage): Promise<number> {
    const body = Buffer.concat(await request.toArray());
    const channel = this.channels.get(request.url!);
    if (!channel) return 410;
    const key = Buffer.from(channel.key, "base64").toString("base64url");
    checkVapid(request.headers.authorization, this.origin, [key]);
    const headers = { encoding: request.headers["content-encoding"] };
    const { channelID } = channel;
    const sent = { messageType: "notification", channelID, version: "1", data: body.toString("base64url"), headers };
    this.browser!.send(JSON.stringify(sent));
    return 201;
  }
}

/** The guide's page, as a reader has it, beside its service worker. */
function writePage(directory: string, token: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of ["notifications.js", "service_worker.js"]) cpSync(join(dist, name), join(directory, name));
  const [, snippet] = /snippet: run by e2e\/firefox\/notifications\.spec\.ts -->\n```ts\n([\s\S]*?)```/.exec(
    readFileSync(guide, "utf8"),
  )!;
  const names = "globalThis.show = (text) => (document.title = text);\nglobalThis.fetchToken = async () => token;\n";
  const elements = 'for (const id of ["notifyMe", "signOut"]) globalThis[id] = document.getElementById(id);\n';
  writeFileSync(join(directory, "names.js"), `const token = ${JSON.stringify(token)};\n${names}${elements}`);
  const page = snippet!.replace("dialogue-client/notifications", "./notifications.js");
  writeFileSync(join(directory, "page.js"), `${page}\ndocument.title = "ready";\n`);
  const scripts = '<script type="module" src="names.js"></script><script type="module" src="page.js"></script>';
  const buttons = '<button id="notifyMe">Notify me</button><button id="signOut">Sign out</button>';
  writeFileSync(join(directory, "index.html"), `<!doctype html><title>loading</title>${buttons}${scripts}`);
}

test("Firefox decrypts a notification of the server, and its worker shows it", async ({ serve, playwright }, info) => {
  const run = (...args: string[]) => spawnSync(stockProgram, args, { encoding: "utf8" }).stdout.trim();
  const path = (name: string) => info.outputPath(name);
  mkdirSync(info.outputDir, { recursive: true });
  writeFileSync(path("api.key"), `${apiKey}\n`);
  writeFileSync(path("jwt.key"), signingSecret);
  run("keys", "--vapid", "--private", path("vapid.pem"));
  writePage(path("page"), run("token", "--sub", "ann", "--key-file", path("jwt.key")));
  const autopush = await Autopush.start();
  const flags = ["--auth-key", path("jwt.key"), "--api-key-file", path("api.key"), "--push-vapid", path("vapid.pem")];
  flags.push("--push-subject", "mailto:ops@example.com", "--push-host", autopush.origin);
  const server = await serve({ program: stockProgram, definitions: jsonOnly.definitions, page: path("page"), flags });

  const browser = await playwright.firefox.launch({
    ...firefoxOptions,
    firefoxUserPrefs: {
      "dom.push.enabled": true,
      "dom.push.connection.enabled": true,
      "dom.push.serverURL": `${autopush.origin.replace("http", "ws")}/`,
      "dom.push.testing.allowInsecureServerURL": true,
      "permissions.default.desktop-notification": 1,
      "alerts.useSystemBackend": false,
      "dom.serviceWorkers.testing.enabled": true,
    },
  });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    await expect(page).toHaveTitle("ready");
    const registered = await page.evaluate(async () => {
      const { registerPush } = await import(`${location.origin}/notifications.js`);
      const push = { token: (globalThis as any).fetchToken, serviceWorker: "/service_worker.js" };
      return registerPush(push).catch((error: Error) => ({ error: `${(error as any).code}: ${error.message}` }));
    });
    expect(registered).toMatchObject({ created: true });
    const send = (body: object) =>
      fetch(`${server.url}api/v1/users/ann/notifications`, {
        method: "POST",
        headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }).then((answer) => answer.json());
    expect(await send({ title: "Bob in Chat", body: "Hällo 👋", url: "/rooms/7", collapse: "chat:7" })).toMatchObject({
      devices: 1,
    });
    const shown = () =>
      page.evaluate(async () => {
        const worker = await navigator.serviceWorker.ready;
        return (await worker.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, url: data.url }));
      });
    await expect.poll(shown).toEqual([{ title: "Bob in Chat", body: "Hällo 👋", tag: "chat:7", url: "/rooms/7" }]);
    await page.locator("#signOut").click();
    await expect.poll(async () => (await send({ title: "Gone" })).devices).toBe(0);
  } finally {
    await browser.close();
    autopush.close();
  }
});
