// The auction house before the move: socket.io in Node. `node before/server.cjs [PORT]`; the page is web/.
const { readFileSync } = require("node:fs");
const { createServer } = require("node:http");
const { join } = require("node:path");
const { Server } = require("socket.io");

const users = { "key-ann": "ann", "key-bob": "bob", "key-cas": "cas" };
const lots = new Map([
  ["vase", { seller: "ann", price: 10, bidder: null, picture: null }],
  ["lamp", { seller: "bob", price: 20, bidder: null, picture: null }],
]);
const sellers = new Map(); // the sockets of those who are here, by user

const types = { html: "text/html", js: "text/javascript" };
const http = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  if (!/^[\w.]+\.(html|js)$/.test(name)) return response.writeHead(404).end();
  response.setHeader("Content-Type", types[name.split(".").at(-1)]);
  return response.end(readFileSync(join(__dirname, "..", "web", name)));
});

const io = new Server(http).of("/auctions");

io.use((socket, next) => {
  const user = users[socket.handshake.auth.key];
  if (user) {
    socket.data.user = user;
    return next();
  }
  const refusal = new Error("unknown key");
  refusal.data = { status: 401 };
  return next(refusal);
});

io.on("connection", (socket) => {
  const { user } = socket.data;
  sellers.set(user, socket);
  socket.join(`user:${user}`);
  socket.emit("hello", user);

  socket.on("watch", (name, answer) => {
    const lot = lots.get(name);
    if (!lot) return answer({ error: "there is no such lot" });
    socket.join(`lot:${name}`);
    socket.to(`lot:${name}`).emit("watching", name, user);
    answer({ price: lot.price, bidder: lot.bidder });
    if (lot.picture) socket.emit("picture", name, lot.picture);
  });

  socket.on("unwatch", (name) => socket.leave(`lot:${name}`));

  socket.on("bid", (name, price, answer) => {
    const lot = lots.get(name);
    if (!lot) return answer({ error: "there is no such lot" });
    if (price <= lot.price) return answer({ error: "others bid more" });
    Object.assign(lot, { price, bidder: user });
    io.to(`lot:${name}`).emit("price", name, price, user);
    return answer({ price, bidder: user });
  });

  socket.on("picture", (name, picture, answer) => {
    const lot = lots.get(name);
    if (lot?.seller !== user) return answer({ error: "this is not your lot" });
    lot.picture = picture;
    socket.to(`lot:${name}`).emit("picture", name, picture);
    return answer({ bytes: picture.length });
  });

  socket.on("watchers", async (name, answer) => {
    const sockets = await io.in(`lot:${name}`).fetchSockets();
    answer(sockets.map(({ data }) => data.user).sort());
  });

  socket.on("ask", async (name, question, answer) => {
    const seller = sellers.get(lots.get(name)?.seller);
    if (!seller) return answer({ error: "the seller is away" });
    try {
      answer({ reply: await seller.timeout(1000).emitWithAck("question", name, user, question) });
    } catch {
      answer({ error: "the seller does not answer" });
    }
  });

  socket.on("close", (name, answer) => {
    const lot = lots.get(name);
    if (lot?.seller !== user) return answer({ error: "this is not your lot" });
    io.to(`lot:${name}`).emit("sold", name, lot.bidder, lot.price);
    io.in(`lot:${name}`).socketsLeave(`lot:${name}`);
    return answer({ price: lot.price, bidder: lot.bidder });
  });

  socket.on("expel", (name) => {
    if (user === "ann") io.in(`user:${name}`).disconnectSockets();
  });

  socket.on("disconnect", () => {
    sellers.delete(user);
    io.emit("gone", user);
  });
});

http.listen(Number(process.argv[2] ?? 3000), "127.0.0.1", () =>
  console.log(`listening on http://127.0.0.1:${http.address().port}`),
);
