// The page's one client. This site signs its tokens; `?user=ann` is whom it signs them for.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app";

/** Called at each connection, and again before a token expires. */
async function token() {
  const user = new URLSearchParams(location.search).get("user") ?? "ann";
  const answer = await fetch(`/api/token?user=${encodeURIComponent(user)}`);
  if (!answer.ok) throw new Error(`The site answered ${answer.status}.`);
  return answer.text();
}

// `url` is where browsers reach the server.
export const client = createDialogueClient({
  app,
  url: "http://127.0.0.1:8080",
  auth: { token },
  autoConnect: typeof document === "object",
});
