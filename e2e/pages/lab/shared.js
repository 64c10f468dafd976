// A page whose tabs share a connection, by the packed module that the scenario puts beside it.
import { createDialogueClient } from "/_dialogue/client.js";
import { createSharedClient } from "./tabs.js";

const user = new URLSearchParams(location.search).get("user");
const client = createSharedClient(() => createDialogueClient({ auth: { userId: user } }), { user });
const heard = [];
const room = await client.join("board");
room.on("note", ({ data }) => heard.push(data.text));

window.tabs = {
  role: () => client.role,
  heard: () => heard,
  trigger: (text) => room.trigger("note", { text }),
  close: () => client.close(),
  /** Keeps the page's one thread busy, as a page that the browser froze without a word is for the others. */
  hang: (ms) => {
    for (const end = Date.now() + ms; Date.now() < end; );
  },
};
