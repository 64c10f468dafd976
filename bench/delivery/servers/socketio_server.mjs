// A broadcast on Socket.IO, as its own documentation writes one: join a room, and what one member sends all of it get, the sender
// too. Prints where it listens.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("join", (room) => {
    socket.join(room);
    socket.data.room = room;
    socket.emit("joined");
  });
  socket.on("message", (data) => io.to(socket.data.room).emit("message", data));
});

http.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => console.log(`listening on 127.0.0.1:${http.address().port}`));
