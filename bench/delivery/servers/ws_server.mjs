// A bare broadcast on `ws`: the URL's path is the room, and what one member sends all of them get, the sender too. It checks
// nothing, names nobody and remembers nothing. Prints where it listens.
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false, backlog: 4096 });

server.on("connection", (socket, request) => {
  const members = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, members.add(socket));
  socket.on("message", (data) => {
    for (const member of members) member.send(data, { binary: false });
  });
  socket.on("close", () => members.delete(socket));
  socket.on("error", () => members.delete(socket));
  socket.send("joined");
});

server.on("listening", () => console.log(`listening on 127.0.0.1:${server.address().port}`));
