// What users of other servers complain of in transports, and the tests by which it cannot happen here. A test is named as in
// reliability_cases.mjs.

/** { complaint, tests } in the order of the page. */
export const complaints = [
  {
    complaint: "A proxy holds a response until it ends",
    tests: [
      "R-17 WebSocket ${modes.webSocket}, streams",
      "through ${name} with its defaults events come one by one",
      "nginx that buffers, and ignores X-Accel-Buffering",
    ],
  },
  {
    complaint: "Each message is held until the next one; a WebSocket opens and carries nothing",
    tests: [
      "a WebSocket whose first message is held until the second one",
      "a WebSocket that opens and answers nothing does not take the connection",
    ],
  },
  {
    complaint: "A stream is compressed, and stalls",
    tests: ["a stream works without definitions", "nginx that compresses event streams"],
  },
  {
    complaint: "The seventh tab hangs",
    tests: [
      "with 8 tabs over HTTP/1.1 by ${transports} pages load",
      "many tabs of a server with HTTP/2",
      "in WebKitGTK, whose POSTs do not share a connection",
    ],
  },
  {
    complaint: "A fallback is remembered after a restart of the server",
    tests: ["a server that restarts while a page loads", "where all have failed there is one failure"],
  },
  {
    complaint: "An upgrade of Engine.IO takes 25 s",
    tests: ["each poll within an upgrade is answered by a noop at once"],
  },
  {
    complaint: "Upgrades that are abandoned leak",
    tests: [
      "sessions, parked polls, upgrades and what was abandoned of them",
      "so many sessions there are and no more, and those that were abandoned",
      "abandoned upgrades and a flood of pongs leave the memory flat",
    ],
  },
  {
    complaint: "A poll beside another one ends the session",
    tests: ["a newer poll ends the one that is parked", "a poll beside another one ends the session"],
  },
  {
    complaint: "The answer to a poll is lost, and its events with it",
    tests: [
      "a lost answer comes again, cut after any byte",
      "nothing is lost, repeated or reordered, whatever becomes of requests",
      "by ${by}, over a network that cuts connections after any byte",
      "over a network that cuts answers above a size, a Socket.IO client that polls gets on",
    ],
  },
  {
    complaint: "Attachments of two packets come between each other",
    tests: ["attachments follow their packet, and nothing comes between", "attachments of a packet do not outlive their session"],
  },
  {
    complaint: "Payloads of many small packets, or of base64 that looks like a packet, are refused",
    tests: [
      "a thousand small packets in one payload",
      "bytes whose base64 begins like a packet",
      "a payload of maxPayload is taken",
    ],
  },
  {
    complaint: "Recovery fails without an event, after a volatile one, the second time, after a restart",
    tests: [
      "a client is recovered that got no event",
      "a client of a server that was killed is recovered",
      "over a network that cuts anywhere, a Socket.IO client is recovered",
    ],
  },
  {
    complaint: "A character that is cut between two pieces is damaged",
    tests: [
      "events of a stream may be cut anywhere, also within a character",
      "whatever the stream says and however it is cut",
      "every split of a stream gives the same lines",
    ],
  },
  {
    complaint: "Clients reconnect without a pause",
    tests: ["where every request gets ${http}, each attempt is counted", "a page that comes back tries at once, unless"],
  },
  {
    complaint: "A session is resumed by another user",
    tests: [
      "R-17 by ${name}, a resume secret that another user stole",
      "another user's session is not gone on with",
      "an id works with the origin that began only",
    ],
  },
  {
    complaint: "Ends are counted differently by each transport",
    tests: ["an end in order, and one without a word, are counted alike"],
  },
  {
    complaint: "A stream continues in silence after an id that is unknown, trimmed, of another log or of another user",
    tests: ["what is gone is reported", "rights are judged with each request"],
  },
  {
    complaint: "A client that was refused goes on as a guest; keys are in logs and addresses",
    tests: [
      "a revoked token ends its stream",
      "401 is final",
      "no token of a handshake is in the log",
      "requests carry no cookies, need no preflight",
    ],
  },
  {
    complaint: "A page that was asleep believes that it is connected",
    tests: ["F-C05 it asks at %s as well", "a page that comes back tries at once", "a stream that goes silent becomes a poll"],
  },
  {
    complaint: "A proxy ends each connection at an age, even a busy one",
    tests: [
      "by ${transport}, a proxy that ends each connection after 300 ms",
      "by ${by}, through a proxy that ends each connection after 300 ms",
      "a proxy that gives each connection 3 s",
      "by ${transport}, where a proxy ends connections at the same age, the client moves before",
      "at 80 % of the lifetime a WebSocket resumes the session",
    ],
  },
];
