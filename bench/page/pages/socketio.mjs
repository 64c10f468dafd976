// The page with socket.io-client: joins, is sent the newest event, and notes when it has it. `#websocket` in the address leaves
// out the polling that it begins with otherwise. Times are from the start of the navigation, in ms.
import { io } from "socket.io-client";

const times = { script: performance.now() };
const socket = io(location.hash === "#websocket" ? { transports: ["websocket"] } : {});
globalThis.firstMessage = new Promise((resolve) => {
  socket.on("message", (data) => resolve({ ...times, message: performance.now(), text: data.text }));
  socket.emit("join", "bench-0", () => {
    times.joined = performance.now();
  });
});
