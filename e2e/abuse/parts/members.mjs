// Honest members, one of each transport: each is in the room "chat", answers pings, and takes the events there one by one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { io } from "../../../tests/server/app/support/engine_kit.mjs";
import { FrameClient, frames } from "../../../tests/server/app/support/frame_client.mjs";
import { PushStream } from "../../../tests/server/app/support/push_stream.mjs";
import { RequestClient } from "../../../tests/server/app/support/request_client.mjs";

const hello = (userId) => [frames.hello, 1, 0, 0, { identity: { userId }, producer: { id: userId } }];
const join = [frames.join, 1, 0, 0, 0, "chat", {}];

/** A member by frames: `say` and `take` are its transport's. */
class Member {
  said = 0;

  constructor({ say, take, leave }) {
    this.leave = leave;
    this.sayFrame = say;
    this.take = take;
  }

  static async enter(way, name) {
    const member = new Member(way);
    way.say(hello(name));
    way.say(join);
    await way.take(frames.welcome);
    member.room = (await way.take(frames.joined))[2];
    return member;
  }

  /** Publishes the next number. */
  say() {
    this.said += 1;
    this.sayFrame([frames.publish, this.room, 1, this.said, 0, this.said]);
  }

  /** Takes the next event, which is to be `number`. */
  async next(number) {
    for (;;) {
      const frame = await this.take(frames.event, frames.ping, frames.gap, frames.bye);
      if (frame[0] === frames.ping) {
        this.sayFrame([frames.pong]);
        continue;
      }
      assert.deepEqual([frame[0], frame.at(-1)], [frames.event, number]);
      return;
    }
  }
}

async function byWebSocket(server, _, name) {
  const client = await FrameClient.connect(server.url);
  const way = { say: (frame) => client.say(frame), take: (...types) => client.hear(...types), leave: () => client.terminate() };
  return Member.enter(way, name);
}

async function byLines(_, port, name) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const take = async (...types) => {
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(!done, `${name}: the connection ended`);
      const frame = JSON.parse(value);
      if (types.includes(frame[0])) return frame;
    }
  };
  return Member.enter({ say: (frame) => socket.write(`${JSON.stringify(frame)}\n`), take, leave: () => socket.destroy() }, name);
}

const byRequests = (by) => async (server, _, name) => {
  const client = await RequestClient.begin(server.url, by, []);
  return Member.enter(
    { say: (frame) => client.say(frame), take: (...types) => client.take(...types), leave: () => client.abandon() },
    name,
  );
};

async function byPushStream(server) {
  const stream = await PushStream.open(server.url, "/events?rooms=chat");
  await stream.next("dialogue.open");
  return {
    next: async (number) => assert.equal((await stream.next("message")).data.data, number),
    leave: () => stream.close(),
  };
}

/** A Socket.IO client, without and with polls. */
const bySocketio = (transports) => async (server, _, name) => {
  const socket = io(server.url, { forceNew: true, transports, auth: { userId: name } });
  const events = [];
  let heard = () => undefined;
  socket.on("dialogue:event", ({ data }) => {
    events.push(data);
    heard();
  });
  socket.on("disconnect", (reason) => events.push(reason));
  await once(socket, "dialogue:connected");
  assert.equal((await socket.emitWithAck("dialogue:join", { roomId: "chat" })).ok, true);
  const next = async (number) => {
    while (events.length === 0)
      await new Promise((resolve) => {
        heard = resolve;
      });
    assert.equal(events.shift(), number);
  };
  return { next, leave: () => socket.disconnect() };
};

/** How each comes in; the first one publishes. */
export const arrivals = {
  websocket: byWebSocket,
  lines: byLines,
  poll: byRequests("poll"),
  stream: byRequests("stream"),
  push: byPushStream,
  socketio: bySocketio(["websocket"]),
  socketioPolls: bySocketio(["polling"]),
};
