// Sessions that begin and do not go on, as cases for slow.mjs: Engine.IO, two ways over HTTP requests, push streams. `goneAt`
// says how to ask whether a session is gone.
import { anything, head, hello, join, limits, post, text, upgraded, whole } from "./slow_connection.mjs";
import { frame } from "./wire.mjs";

async function engineSocket(slow, query = "") {
  await upgraded(slow, `/socket.io/?EIO=4&transport=websocket${query}`);
  if (!query) await slow.heard(/0\{"sid"/);
}
/** A session by polls, of a user if there is a name; resolves to its id. Its HTTP connection is kept. */
async function enginePolls(slow, name) {
  slow.send(`${head("GET", "/socket.io/?EIO=4&transport=polling")}\r\n`);
  const [, sid] = await slow.heard(/"sid":"([^"]+)"/);
  if (!name) return sid;
  slow.said = "";
  slow.send(whole(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, `40{"userId":"${name}"}`));
  await slow.heard(/ 200 OK.*ok$/s);
  return sid;
}
async function tunnel(slow, name, room) {
  const lines = [JSON.stringify({ open: crypto.randomUUID() }), hello(name), ...(room ? [join(room)] : [])];
  slow.send(whole("/dialogue/send", lines.join("\n")));
  const [, session] = await slow.heard(/"session":"([^"]+)"/);
  slow.said = "";
  return session;
}

export const sessionCases = {
  // Engine.IO and Socket.IO
  "an Engine.IO session that is not polled": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: (slow, { name }) => enginePolls(slow, name),
  },
  "an Engine.IO poll that is cut": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: async (slow, { name }) => {
      const sid = await enginePolls(slow, name);
      slow.send(`${head("GET", `/socket.io/?EIO=4&transport=polling&sid=${sid}`)}\r\n`);
      await slow.heard(/ 200 OK.*40\{/s);
      slow.send(`${head("GET", `/socket.io/?EIO=4&transport=polling&sid=${sid}`)}\r\n`);
      slow.destroy();
      return sid;
    },
  },
  "an Engine.IO session without CONNECT": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    goneAt: (sid) => ({ path: `/socket.io/?EIO=4&transport=polling&sid=${sid}`, status: 400 }),
    run: (slow) => enginePolls(slow),
  },
  "a packet that does not come whole": {
    by: "http",
    limit: limits.body,
    says: anything,
    run: async (slow, { name }) => {
      const sid = await enginePolls(slow, name);
      slow.said = "";
      slow.send(`${post(`/socket.io/?EIO=4&transport=polling&sid=${sid}`, 1000)}42["dia`);
    },
  },
  "an upgrade that is not probed": {
    by: "http",
    limit: limits.upgrade,
    says: anything,
    run: async (slow, world) => engineSocket(slow, `&sid=${await enginePolls(world.another(), world.name)}`),
  },
  "an upgrade that stops after its probe": {
    by: "http",
    limit: limits.upgrade,
    says: anything,
    run: async (slow, world) => {
      await engineSocket(slow, `&sid=${await enginePolls(world.another(), world.name)}`);
      slow.send(text("2probe"));
      await slow.heard(/3probe/);
    },
  },
  "an Engine.IO WebSocket without CONNECT": {
    by: "http",
    limit: limits.socketioConnect,
    says: anything,
    run: (slow) => engineSocket(slow),
  },
  "a Socket.IO client that answers no ping": {
    by: "http",
    limit: limits.socketioSilence,
    says: anything,
    run: async (slow, { name }) => {
      await engineSocket(slow);
      slow.send(text(`40{"userId":"${name}"}`));
      await slow.heard(/dialogue:connected/);
    },
  },
  "a Socket.IO message that drips": {
    by: "http",
    limit: limits.message,
    says: anything,
    run: async (slow, { name }) => {
      await engineSocket(slow);
      slow.send(text(`40{"userId":"${name}"}`));
      await slow.heard(/dialogue:connected/);
      slow.send(frame('42["dialogue:', { announced: 60_000n }));
      slow.drip(" ");
    },
  },
  "a Socket.IO client that reads nothing": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      await engineSocket(slow);
      slow.send(text(`40{"userId":"${name}"}`));
      await slow.heard(/dialogue:connected/);
      slow.send(text('42["dialogue:join",{"roomId":"flood"}]'));
      await slow.heard(/dialogue:joined/);
      slow.stopReading();
    },
  },
  // Two ways over HTTP requests
  "a session over requests that is not continued": {
    by: "http",
    limit: limits.idleTunnel,
    says: anything,
    goneAt: (session) => ({ path: "/dialogue/send", body: JSON.stringify({ session, have: 0 }), status: 410 }),
    run: (slow, { name }) => tunnel(slow, name),
  },
  "a poll that is cut": {
    by: "http",
    limit: limits.idleTunnel,
    says: anything,
    goneAt: (session) => ({ path: "/dialogue/send", body: JSON.stringify({ session, have: 0 }), status: 410 }),
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name);
      slow.send(whole("/dialogue/poll", JSON.stringify({ session, have: 0, hold: 20_000 })));
      slow.destroy();
      return session;
    },
  },
  "a request of frames that stops": {
    by: "http",
    limit: limits.body,
    says: / 408 /,
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name);
      slow.send(post("/dialogue/send", 1000) + JSON.stringify({ session, have: 0 }));
    },
  },
  "a streamed response that is not read": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow, { name }) => {
      const session = await tunnel(slow, name, "flood");
      slow.send(whole("/dialogue/stream", JSON.stringify({ session, have: 0 })));
      await slow.heard(/\[34,1,/);
      slow.stopReading();
    },
  },
  // Push streams
  "a push stream that is not read": {
    by: "http",
    limit: limits.stall,
    isDeaf: true,
    run: async (slow) => {
      slow.send(`${head("GET", "/events?rooms=flood")}\r\n`);
      await slow.heard(/dialogue\.open/);
      slow.stopReading();
    },
  },
  "a push stream that has closed its half": {
    by: "http",
    limit: limits.closing,
    says: anything,
    run: async (slow) => {
      slow.send(`${head("GET", "/events?rooms=flood")}\r\n`);
      await slow.heard(/dialogue\.open/);
      slow.halfClose();
    },
  },
};
