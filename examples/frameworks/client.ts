// The page's one client. `?user=ann` sets the user id.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app.js"; // written by `npm run codegen`

const userId = new URLSearchParams(location.search).get("user");

export const client = createDialogueClient({ app, auth: userId ? { userId } : {} });

if (import.meta.hot) import.meta.hot.dispose(() => client.close());
