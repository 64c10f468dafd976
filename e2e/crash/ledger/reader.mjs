// An independent reader, a process of its own without the package: follows a room by raw frames through every restart, from the
// place that it has reached, and reads the whole log when it is told to. Run by ledger.test.mjs.
import { Connection, frames } from "../parts/connection.mjs";
import { HistoryReader } from "../parts/history.mjs";
import { moment } from "../parts/waiting.mjs";

const { url, roomId } = JSON.parse(process.argv[2]);
const againMs = 20;
const position = { epoch: 0, seq: 0 };
let isOver = false;
let current;

const faults = [];
const steps = {
  [frames.joined]([, , , epoch, , , recovered, { reason }]) {
    if (position.epoch === 0) Object.assign(position, { epoch });
    if (!recovered || epoch !== position.epoch) faults.push(`not recovered at ${position.seq}: ${reason}`);
  },
  [frames.event]([, , , seq, , , , body]) {
    if (seq !== position.seq + 1) faults.push(`after ${position.seq} came ${seq}`);
    position.seq = seq;
    process.send({ seen: [[position.epoch, seq, body]], by: "reader" });
  },
  [frames.skip]: (frame) => faults.push(`a SKIP where nothing is filtered: ${JSON.stringify(frame)}`),
  [frames.bye]: (frame) => faults.push(`the server said ${JSON.stringify(frame)}`),
};

async function follow() {
  while (!isOver) {
    current = new Connection(url, (frame) => steps[frame[0]]?.(frame));
    await current.open().then(
      () => {
        current.send([frames.hello, 1, 0, 0, { identity: { userId: "reader" } }]);
        const start = position.epoch ? [2, position.epoch, position.seq] : [0, 0, 0];
        current.send([frames.join, 1, ...start, roomId, {}]);
        process.send({ following: true });
      },
      () => {},
    );
    await current.closed;
    await moment(againMs); // the server may be gone: a closed port answers at once
  }
}

process.on("message", async ({ read }) => {
  if (read) {
    const reader = await HistoryReader.open(url);
    process.send({ history: await reader.whole(roomId), faults, reached: position.seq });
    return reader.close();
  }
  isOver = true;
  await current.close();
  process.disconnect();
});
await follow();
