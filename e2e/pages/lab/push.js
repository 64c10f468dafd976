// A page that listens by the module that the server carries: what its stream received is in window.push, in plain values.
import { createPushStream } from "/_dialogue/push.js";

const heard = [];
const told = [];
let stream;

/** Opens the page's stream; what it receives is kept. */
function listen({ token, ...options }) {
  const own = createPushStream({ ...options, ...(token && { auth: { token: () => token } }) });
  own.on("note", ({ data }) => heard.push(data.text));
  for (const name of ["open", "missed", "left"]) own.on(`dialogue.${name}`, () => told.push(name));
  own.on("dialogue.error", ({ code, retryAfterMs }) => told.push(retryAfterMs === undefined ? code : `later: ${code}`));
  stream = own;
}

window.push = {
  listen,
  /** As React's StrictMode does it: an effect, its end, and the effect again, in one turn. */
  mountTwice: (options) => {
    listen(options);
    stream.close();
    listen(options);
  },
  close: () => stream.close(),
  state: () => stream.state,
  heard: () => heard,
  told: () => told,
  /** Keeps the page's one thread busy, as a frozen page is for the others. */
  hang: (ms) => {
    for (const end = Date.now() + ms; Date.now() < end; );
  },
};
