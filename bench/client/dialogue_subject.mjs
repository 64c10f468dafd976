// dialogue-client under measurement, with just enough of a server to welcome it and to acknowledge.
import { app } from "bench-app";
import { createDialogueClient } from "dialogue-client";
import { FakeSocket, next } from "./fake_socket.mjs";

const kRoom = 1;
const kNow = 1_700_000_000_000;
const kEvents = { chat: 1, order: 2 }; // the catalogue's numbers: sorted by name, from 1

const kUser = '{"session":"s","userId":"ann","name":"ann","limits":{"messageBytes":65536,"rooms":128,"inFlight":32}}';
const kWelcomeRest = `25000,${kNow},1,${kUser}`;

function answerTo(frame, answer) {
  const integers = frame.slice(1).split(",", 4);
  if (integers[0] === "4") answer(`[38,${kRoom},${integers[3]},1,${integers[3]},${kNow},0]`);
  else if (integers[0] === "1") answer(`[33,1,0,${integers[3]},${kWelcomeRest}]`);
  else if (integers[0] === "2")
    answer(`[34,${integers[1]},${kRoom},1,1,0,1,{"roomId":"bench","name":"Bench","clock":0,"members":[{"userId":"ann"}]}]`);
}

function server(message, answer) {
  for (const frame of message.split("\n")) answerTo(frame, answer);
}

/** Connects. Resolves to { send(event, data), on(event, handler), incoming(event, data, count), feed(message), close }. */
export async function dialogueSubject() {
  Object.assign(next, { server, greeting: undefined });
  const client = createDialogueClient({ url: "ws://127.0.0.1:1", app, auth: { userId: "ann" }, WebSocket: FakeSocket });
  const room = await client.join("bench");
  const { socket } = next;
  let sequence = 0;
  return {
    name: "dialogue-client",
    send: (event, data) => room.trigger(event, data),
    on: (event, handler) => room.on(event, (message) => handler(message.data)),
    incoming: (event, data, count) =>
      Array.from({ length: count }, () => {
        sequence += 1;
        return `[36,${kRoom},${kEvents[event]},${sequence},${kNow},"ben",0,${JSON.stringify(data)}]`;
      }),
    feed: (message) => socket.receive(message),
    close: () => client.close(),
  };
}
