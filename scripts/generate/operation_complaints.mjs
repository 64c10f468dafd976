// What operators of other servers complain of, and the tests by which it cannot happen here. A test is named as in
// reliability_cases.mjs.

/** { complaint, tests } in the order of the page. */
export const complaints = [
  {
    complaint: "The dashboard itself brings page and server down",
    tests: ["it asks at most twice a second, and not at all while it is hidden", "the tail keeps 500 rows"],
  },
  {
    complaint: "There is a slow consumer, and the server does not say which",
    tests: ["a connection that does not read is seen to lag, by the commands, too", "a connection that lags is found, inspected"],
  },
  {
    complaint: "With many rooms a scrape times out",
    tests: ["R-116 more definitions than have series make no more than 5,000 series"],
  },
  {
    complaint: "Statistics eat the memory",
    tests: ["R-116 a million rooms that come and go", "as many ended connections are kept as there are places"],
  },
  {
    complaint: "There are totals only, and nothing by kind of room",
    tests: ["a message moves events, latency, deliveries", "a room has its members, and its history"],
  },
  {
    complaint: "The shipped client ignores the drain",
    tests: ["300 clients under load survive a restart", "each client has a slot of its own, at the rate"],
  },
  {
    complaint: "Clients that come back from a drain find the server full",
    tests: ["each of 57 clients is back after the restart of a server that is full"],
  },
  {
    complaint: "A renewed certificate ends connections",
    tests: ["R-112 a certificate that is replaced a hundred times under 1,000 sockets"],
  },
  {
    complaint: "A reload ends WebSockets",
    tests: ["F-N19 a reload changes who comes in", "a preview names each change and what it needs"],
  },
  {
    complaint: "A reload forgets some kinds of credentials",
    tests: ["changed keys of a file are named, and not shown", "R-112 a certificate replaced while it runs", "F-N19"],
  },
  {
    complaint: "It is unclear which settings a reload applies",
    tests: ["each setting has its value, its source, and whether a change is hot", "what a reload would refuse is refused"],
  },
  {
    complaint: "A server that stops is still reported as ready",
    tests: ["during a drain /ready is 503 until the end", "F-N16 before it stops the server serves on"],
  },
  {
    complaint: "Clients come back from a restart all at once",
    tests: ["clients with unsettled publications have the first slots", "each client has a slot of its own, at the rate"],
  },
  {
    complaint: "The liveness probe restarts a server that recovers",
    tests: ["/ready says whether the store answers, and /health does not ask it", "F-N03"],
  },
  {
    complaint: "A planned restart pages people",
    tests: ["rules and their tests pass promtool"],
  },
  {
    complaint: "Figures stand still while the server stops",
    tests: ["during a drain /ready is 503 until the end, and a scrape sees connections fall"],
  },
  {
    complaint: "A trace for each connection says nothing about a message",
    tests: ["a publication's trace goes over accept, validate, append and fan-out", "a trace leads from a click over the server"],
  },
  {
    complaint: "It is unknown who is connected and what is published",
    tests: ["connections are listed by pages that leave none out", "in a terminal, top shows tables by keys"],
  },
  {
    complaint: "It is unknown who signed in",
    tests: ["administrative calls, sign-ins, refusals and reloads are recorded"],
  },
  {
    complaint: "A user cannot be erased",
    tests: [
      ...["DELETE /users/{user}/data: members purge", "one erasure at a time", "erasing a user takes the values out"],
      ...["an erasure leaves nothing of the user in the audit", "a server that is killed while it erases publishes"],
    ],
  },
];
