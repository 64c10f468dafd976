// A server that plays one known dialogue, in its own words: greets, lets join, answers a publication and sends it back.
import { once } from "node:events";
import { WebSocketServer } from "ws";

const answers = {
  1: () => [33, 1, 0, 0, 25_000, 0, 1, { userId: "ann" }],
  2: ([, request, , , , roomId]) => [34, request, 7, 99, 1, 0, 1, { roomId, name: "Chat", members: [] }],
  4: ([, room, , number]) => [38, room, number, 99, 1, 1234, 0],
};

/** Starts it on a free port: { url, close() }. */
export async function play() {
  const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "dialogue.v1" });
  await once(sockets, "listening");
  sockets.on("connection", (socket) =>
    socket.on("message", (message) => {
      for (const line of message.toString().split("\n")) {
        const frame = JSON.parse(line);
        socket.send(JSON.stringify(answers[frame[0]](frame)));
      }
    }),
  );
  return {
    url: `http://127.0.0.1:${sockets.address().port}`,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
