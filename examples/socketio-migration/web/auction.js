// The front end's side of the auction house, the same before and after the move. `io` is socket.io-client's; what comes is
// given to `show(event, ...arguments)`.
export function openAuction(io, url, key, show, options = {}) {
  const socket = io(`${url}/auctions`, { auth: { key }, forceNew: true, ...options });
  const ask = (event, ...args) =>
    new Promise((resolve, reject) => {
      socket.timeout(5000).emit(event, ...args, (late, answer) => {
        if (late) return reject(late);
        show("answer", event, answer);
        return resolve(answer);
      });
    });
  for (const event of ["hello", "watching", "price", "sold", "gone"]) socket.on(event, (...args) => show(event, ...args));
  socket.on("picture", (lot, bytes) => show("picture", lot, [...new Uint8Array(bytes)]));
  socket.on("connect_error", ({ message, data }) => show("connect_error", message, data));
  socket.on("disconnect", (reason) => show("disconnect", reason));
  return {
    watch: (lot) => ask("watch", lot),
    unwatch: (lot) => socket.emit("unwatch", lot),
    bid: (lot, price) => ask("bid", lot, price),
    setPicture: (lot, bytes) => ask("picture", lot, bytes),
    watchers: (lot) => ask("watchers", lot),
    ask: (lot, question) => ask("ask", lot, question),
    answerQuestions: (reply) => socket.on("question", (lot, from, text, answer) => answer(reply(lot, from, text))),
    close: (lot) => ask("close", lot),
    expel: (user) => socket.emit("expel", user),
    leave: () => socket.disconnect(),
  };
}
