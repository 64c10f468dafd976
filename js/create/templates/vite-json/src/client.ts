// The page's one client. A guest, or with `?user=ann` the user ann.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app";

const userId = new URLSearchParams(location.search).get("user");

export const client = createDialogueClient({ app, auth: userId ? { userId } : {} });

if (import.meta.hot) import.meta.hot.dispose(() => client.close());
