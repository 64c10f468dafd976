// The page's one client, in a module of its own: it lives as long as the page, whatever is mounted or replaced.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app.js"; // written by `npm run codegen`

const userId = new URLSearchParams(location.search).get("user");

export const client = createDialogueClient({ app, auth: userId ? { userId } : {} });
