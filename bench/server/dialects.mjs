// The two servers that are measured, and how a member speaks to each. A dialect gives
//   start()            starts its server
//   address(host, room)  where a member of `room` connects
//   greet(room, user)  what it sends first; `isMember(text)` tells when it has joined
//   publish(member, n, body)  the message that carries JSON `body`, the n-th of this member
//   read(text, member, deliver)  calls deliver(n) for each event in a message from the server
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { frames } from "../../e2e/conformance/frames.mjs";
import { program } from "../lib/paths.mjs";
import { startServer } from "./process.mjs";

const here = dirname(fileURLToPath(import.meta.url));

const kEventNumber = 1; // "message" is the only event of app.json

const numberIn = (body) => Number(/"n":(\d+)/.exec(body)[1]);

export const ws = {
  name: "ws",
  start: () => startServer(process.execPath, [join(here, "ws_server.mjs")]),
  address: (host, room) => `ws://${host}/${room}`,
  protocols: [],
  greet: () => undefined,
  isMember: (text) => text === "joined",
  publish: (_, __, body) => body,
  read: (text, _, deliver) => deliver(numberIn(text)),
};

export const dialogue = {
  name: "dialogue",
  start: () =>
    startServer(program, ["serve", join(here, "app.json"), "--listen", "127.0.0.1:0", "--shards", "1", "--store", "memory:"]),
  address: (host) => `ws://${host}/dialogue`,
  protocols: ["dialogue.v1"],
  greet: (room, user) =>
    [
      `[${frames.hello},1,0,0,{"identity":{"userId":"${user}"},"producer":{"id":"${user}"}}]`,
      `[${frames.join},1,0,0,0,"${room}",{}]`,
    ].join("\n"),
  isMember: (text, member) => {
    const joined = new RegExp(`^\\[${frames.joined},1,(\\d+),`, "m").exec(text);
    if (joined) member.room = joined[1];
    return joined !== null;
  },
  publish: (member, n, body) => `[${frames.publish},${member.room},${kEventNumber},${n},0,${body}]`,
  // Sequences must follow one another: a gap or a repetition is a fault even where the numbers inside look right.
  read: (text, member, deliver) => {
    for (const frame of text.split("\n")) {
      if (frame.startsWith(`[${frames.nack},`)) throw new Error(`refused: ${frame}`);
      if (!frame.startsWith(`[${frames.event},`)) continue;
      const sequence = Number(frame.split(",", 4)[3]);
      if (member.sequence !== undefined && sequence !== member.sequence + 1) member.faults += 1;
      member.sequence = sequence;
      deliver(numberIn(frame));
    }
  },
};
