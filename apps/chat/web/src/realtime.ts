// The connection to the Dialogue server: one client for the user who is signed in, whose outbox survives a reload.
import { signal } from "@preact/signals";
import { type ClientState, createDialogueClient, type DialogueClient, SignedOut } from "dialogue-client";
import { app, type Events, type Rooms } from "../gen/app.js";
import { accessToken, forget } from "./api.js";
import type { User } from "./types.js";

export type Client = DialogueClient<Events, Rooms>;

export const connection = signal<ClientState>("connecting");
/** Counts connections: what was missed meanwhile is read again. */
export const connections = signal(0);

/** Connects as this user. */
export function connectAs(user: User): Client {
  const client = createDialogueClient({
    app,
    auth: {
      token: async () => {
        const token = await accessToken().catch((error) => {
          if (error?.code === "session_ended") throw new SignedOut();
          throw error;
        });
        if (!token) throw new SignedOut();
        return token;
      },
    },
    outbox: { store: "indexeddb", name: `chat-${user.id}` },
  });
  connection.value = client.state;
  client.on("state", (state) => {
    connection.value = state;
    if (state === "connected") connections.value += 1;
    // A session that has ended elsewhere: its tokens are refused permanently.
    if (state === "closed" && client.lastError && /^(unauthorized|token_)/.test(client.lastError.code)) forget();
  });
  client.on("error", (error) => console.info(error.code, error.message));
  return client;
}
