// The page's one client. A guest, or with `?user=ann` the user ann.
import { createDialogueClient } from "dialogue-client";
import { app } from "./app";

const isPage = typeof document === "object";
const userId = isPage ? new URLSearchParams(location.search).get("user") : null;

// `url` is where browsers reach the server; --allow-origin admits this site's pages in production.
export const client = createDialogueClient({
  app,
  url: "http://127.0.0.1:8080",
  auth: userId ? { userId } : {},
  autoConnect: isPage,
});
