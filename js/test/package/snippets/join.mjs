// node join.mjs URL TOKEN: joins the room chat and prints who that is to the server.
import { WebSocket } from "ws";
import { createDialogueClient } from "../../../dist/index.js";

const [url, token] = process.argv.slice(2);
const client = createDialogueClient({ url, auth: { token }, WebSocket });
await client.join("chat");
console.log(client.userId);
client.close();
