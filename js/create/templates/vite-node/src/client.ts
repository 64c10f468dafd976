// The page's one client. The backend signs its tokens; `?user=ann` is whom it signs them for.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app";

const user = new URLSearchParams(location.search).get("user") ?? "ann";

/** Called at each connection, and again before a token expires. */
async function token() {
  const answer = await fetch(`/api/token?user=${encodeURIComponent(user)}`);
  if (!answer.ok) throw new Error(`The backend answered ${answer.status}.`);
  return answer.text();
}

export const client = createDialogueClient({ app, auth: { token } });

if (import.meta.hot) import.meta.hot.dispose(() => client.close());
