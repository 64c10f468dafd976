// The Socket.IO side: serves the files of a directory, and sends whoever joins a room its newest event. Prints where it listens.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Server } from "socket.io";
import { newest } from "./newest.mjs";

const [directory] = process.argv.slice(2);
const kFiles = {
  "/": { type: "text/html; charset=utf-8", body: readFileSync(join(directory, "index.html")) },
  "/page.js": { type: "text/javascript; charset=utf-8", body: readFileSync(join(directory, "page.js")) },
};

const http = createServer((request, response) => {
  const file = kFiles[request.url];
  response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain", "cache-control": "no-cache" });
  response.end(file?.body);
});
const io = new Server(http, { serveClient: false });
io.on("connection", (socket) => {
  socket.on("join", (room, joined) => {
    socket.join(room);
    joined();
    socket.emit("message", newest);
  });
});
http.listen({ host: "127.0.0.1", port: 0 }, () => console.log(`listening on 127.0.0.1:${http.address().port}`));
