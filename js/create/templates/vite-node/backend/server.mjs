// The backend: signs tokens for users, answers what the Dialogue server asks by hooks, and publishes.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createDialogueServer, createHooks, createTokenSigner, deny } from "dialogue-server";
import { nodeListener } from "dialogue-server/node";

const secret = (name) => readFileSync(`secrets/${name}.key`, "utf8").trim();
const dialogue = createDialogueServer({ url: "http://127.0.0.1:8080", key: secret("api") });
const sign = createTokenSigner({ key: secret("token") });
const hooks = nodeListener(
  createHooks({
    secret: secret("hooks"),
    publish: ({ data }) => !/https?:/.test(data.text) || deny("No links, please."),
  }),
);

async function answerTo({ method, url }) {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  // Replace this by your login: here everybody is who they say they are.
  if (pathname === "/api/token") return [200, await sign({ sub: searchParams.get("user") ?? "ann", ttl: "15m" })];
  if (method === "POST" && pathname === "/api/announce") {
    const { seq } = await dialogue.publish("chat", "message", { text: "Hello from the backend" });
    return [200, String(seq)];
  }
  return [404, "There is nothing here."];
}

createServer(async (request, response) => {
  if (request.url === "/hooks") return hooks(request, response);
  const [status, text] = await answerTo(request).catch((error) => [500, error.message]);
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end(text);
}).listen(3000, "127.0.0.1");
