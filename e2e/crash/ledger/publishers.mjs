// Five producers as an application would write them, with nothing but the packed package: run by ledger.test.mjs as a process of
// its own, in the directory where the package is installed. Tells the ledger over its pipe what it is about to publish, and does
// so when the ledger has noted it; then what was acknowledged, and what it was given. It knows nothing of kills and does nothing
// about them.
import { createRequire } from "node:module";
import { createDialogueClient } from "dialogue-client";

const { url, websocket, roomId, producers, messages, unanswered } = JSON.parse(process.argv[2]);
const { WebSocket } = createRequire(websocket)("ws");

const tell = (what) => process.send(what);
const noting = new Map(); // what is to be published, with the function that goes on when the ledger has noted it

/** Hands on what was seen in one message a turn. */
function sightings(producer) {
  let list = [];
  return ({ epoch, seq, data }) => {
    if (list.push([epoch, seq, data]) > 1) return;
    setImmediate(() => {
      tell({ seen: list, by: producer });
      list = [];
    });
  };
}

async function publishOne(room, producer, number) {
  const body = `${producer}:${number}:${Math.random().toString(36).slice(2)}`;
  const noted = new Promise((resolve) => noting.set(body, resolve));
  tell({ tried: body, by: producer, number });
  await noted;
  const { epoch, seq, duplicate } = await room.trigger("note", body);
  tell({ acked: body, by: producer, number, epoch, seq, duplicate });
}

/** Keeps `unanswered` publications on their way until all are acknowledged. */
async function publishAll(room, producer) {
  let number = 0;
  const lane = async () => {
    while (number < messages) await publishOne(room, producer, ++number);
  };
  await Promise.all(Array.from({ length: unanswered }, lane));
}

const clients = await Promise.all(
  Array.from({ length: producers }, async (_, index) => {
    const producer = `p${index + 1}`;
    const isGuest = index % 2 === 1; // whom the server gives a name, and must know again by what it gave with it
    const client = createDialogueClient({ url, WebSocket, ...(isGuest ? {} : { auth: { userId: producer } }) });
    client.on("error", (error) => tell({ error: `${error.code}: ${error.message}`, by: producer }));
    client.on("state", (state) => tell({ state, by: producer }));
    const room = await client.join(roomId);
    room.on("note", sightings(producer));
    return { client, room, producer };
  }),
);
tell({ ready: true });
process.on("message", async (order) => {
  if (order.noted) {
    noting.get(order.noted)();
    noting.delete(order.noted);
  } else if (order.go) {
    await Promise.all(clients.map(({ room, producer }) => publishAll(room, producer)));
    tell({ finished: true });
  } else {
    for (const { client } of clients) client.close();
    process.disconnect();
  }
});
