// What is measured. Each scenario has
//   name, and id: what it is called on the command line
//   args(seconds)   what `dialogue bench` is told; besides(seconds): a run before it, to compare with
//   figures         [{ about, of(report, besides), bar, aim, isMore, server }]: less is better, unless it says otherwise; bar and
//                   aim are what Dialogue's ratio may be, or its figure where it is compared with none; `server` where another
//                   subject than "dialogue" is held against them
//   rounds, seconds of the whole form; quickSeconds where the quick one's are too few
//   servers         the names of those that it makes sense for; absent: all
//   subjects        its own servers, in place of those
//   base            the server that ratios are made to; absent: floor
//   isFresh         each round gets a server of its own
//   isSecure        with TLS, on the servers that have it
import { durable } from "./durable.mjs";
import { twoShards } from "./shards.mjs";
import { socketio, streams } from "./subjects.mjs";

const kCpu = "server CPU µs per delivery";
const cpu = (bar, aim) => ({ about: kCpu, of: ({ server }) => server.cpuUsPerDelivery, bar, aim });
const kKibPerMib = 1024;

const room = (clients, rooms, ...more) => ["--clients", `${clients}`, "--rooms", `${rooms}`, ...more];
const lasting = (args) => (seconds) => [...args, "--seconds", `${seconds}`];
const slow = ["--room-pattern", "long-{id}", "--rate", "1000", "--size", "1000"];

/** Private memory that the run itself has cost the server. */
const growthMib = ({ server }) => (server.memoryAfterKib - server.memoryJoinedKib) / kKibPerMib;

const memory = { about: "KiB of the server per connection", of: ({ server }) => server.kibPerMember, isAbsolute: true };
const handshake = { about: "server CPU µs from handshake to joined", of: ({ server }) => server.cpuUsPerMember };

/** With TLS there is no floor, and nginx stands in its place. */
const secure = { isSecure: true, base: "nchan", rounds: 3 };

const saturated = {
  name: "500 x 4 saturated",
  id: "saturated",
  args: lasting(room(2000, 500, "--saturate", "--publishers", "4")),
  figures: [cpu(0.85, 0.4)],
  rounds: 5,
  seconds: 6,
};

export const scenarios = [
  {
    name: "1 x 1,000 at 50/s",
    id: "fan-out",
    args: lasting(room(1000, 1, "--rate", "50")),
    figures: [cpu(1.2, 1.03)],
    rounds: 5,
    seconds: 8,
  },
  saturated,
  {
    name: "500 x 4 at 10,000/s",
    id: "rooms",
    args: lasting(room(2000, 500, "--rate", "10000")),
    figures: [cpu(1.15, 1.03)],
    rounds: 5,
    seconds: 6,
  },
  {
    name: "bursts of 100 to 100",
    id: "bursts",
    args: lasting(room(100, 1, "--rate", "1000", "--burst", "100")),
    figures: [cpu(0.075, 0.03)],
    rounds: 3,
    seconds: 6,
  },
  {
    name: "ping-pong of two",
    id: "ping-pong",
    args: lasting(room(2, 1, "--ping-pong")),
    figures: [{ about: "p50 µs from one to the other", of: ({ latencyUs }) => latencyUs.p50, bar: 1.15, aim: 1.05 }],
    rounds: 3,
    seconds: 3,
  },
  {
    name: "5,000 idle",
    id: "idle",
    args: () => room(5000, 500, "--idle"),
    figures: [
      { ...handshake, bar: 2.6, aim: 1.1 },
      { ...memory, bar: 1.9, aim: 0.8 },
    ],
    rounds: 3,
    seconds: 0,
    isFresh: true,
  },
  {
    name: "5,000 idle, who are told of each other",
    id: "told",
    args: () => room(5000, 500, "--idle", "--room-pattern", "told-{id}"),
    figures: [handshake, memory],
    rounds: 3,
    seconds: 0,
    isFresh: true,
    servers: ["floor", "dialogue"],
  },
  {
    ...secure,
    name: "1 x 1,000 at 50/s with TLS",
    id: "fan-out-tls",
    args: lasting(room(1000, 1, "--rate", "50")),
    figures: [cpu()],
    seconds: 8,
  },
  {
    ...secure,
    name: "500 x 4 at 10,000/s with TLS",
    id: "rooms-tls",
    args: lasting(room(2000, 500, "--rate", "10000")),
    figures: [cpu()],
    seconds: 6,
  },
  {
    ...secure,
    name: "5,000 idle with TLS",
    id: "idle-tls",
    args: () => room(5000, 500, "--idle"),
    figures: [handshake, memory],
    seconds: 0,
    isFresh: true,
  },
  {
    name: "one of 100 stops reading",
    id: "slow",
    besides: lasting(room(100, 1, ...slow)),
    args: lasting(room(100, 1, ...slow, "--stalled", "1")),
    figures: [
      {
        about: "p99 of the others, to the run without",
        of: ({ latencyUs }, quiet) => latencyUs.p99 / quiet.latencyUs.p99,
        bar: 1.5,
        aim: 1.1,
        isAbsolute: true,
      },
      {
        about: "MiB of the server for it",
        of: (report, quiet) => Math.max(0, growthMib(report) - Math.max(0, growthMib(quiet))),
        bar: 1,
        isAbsolute: true,
      },
      { about: "messages that it never got", of: ({ lostByStalled }) => lostByStalled, bar: 0, isAbsolute: true },
    ],
    rounds: 3,
    seconds: 8,
    quickSeconds: 6, // what the system itself holds for the member must be full
  },
  {
    name: "1 x 1,000 at 50/s, push streams",
    id: "push",
    args: lasting(room(1000, 1, "--rate", "50")),
    figures: [{ ...cpu(1.1, 1), server: "dialogue, push" }],
    rounds: 3,
    seconds: 8,
    base: "dialogue",
    subjects: streams,
  },
  {
    name: "5,000 idle, push streams",
    id: "push-idle",
    args: () => room(5000, 10, "--idle"),
    figures: [handshake, { ...memory, bar: 1.9, aim: 1, server: "dialogue, push" }],
    rounds: 3,
    seconds: 0,
    isFresh: true,
    base: "dialogue",
    subjects: streams.slice(0, 2),
  },
  {
    name: "1 x 1,000 at 50/s, Socket.IO clients",
    id: "socketio",
    args: lasting(room(1000, 1, "--rate", "50")),
    figures: [{ ...cpu(0.65, 0.34), server: "dialogue, Socket.IO" }],
    rounds: 3,
    seconds: 8,
    base: "socket.io",
    subjects: socketio,
  },
  {
    name: "bursts of 100 to 100, Socket.IO clients",
    id: "socketio-bursts",
    args: lasting(room(100, 1, "--rate", "1000", "--burst", "100")),
    figures: [{ ...cpu(0.34, 0.2), server: "dialogue, Socket.IO" }],
    rounds: 3,
    seconds: 6,
    base: "socket.io",
    subjects: socketio,
  },
  twoShards(saturated, cpu(1.15, 1.05)),
  ...[1, 10, 100].map((publishers) => durable(publishers)),
  {
    name: "2,000 join and want 100 events each",
    id: "storm",
    args: () => room(2000, 20, "--storm", "--history", "100"),
    figures: [
      { about: "s until everybody has everything", of: ({ seconds }) => seconds, isAbsolute: true },
      { about: "server CPU µs per event", of: ({ server }) => server.cpuUsPerDelivery, isAbsolute: true },
    ],
    rounds: 3,
    seconds: 0,
    servers: ["dialogue"],
    isFresh: true,
  },
];
