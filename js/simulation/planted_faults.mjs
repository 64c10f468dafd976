// Faults of the client that a reading found once, put back one by one: the simulation must find each. Those of TypeScript are
// changes of its sources, those of the core are compiled in (shared/base/mutation.hpp).

/** `finds`: the violation that each causes, so that none is found by another fault. */
export const plantedFaults = [
  {
    id: "J1",
    name: "JOINED of the server's application is taken for the answer to JOIN",
    finds: /events are missing|follows|has read up to/,
    mutation: "unasked_join_is_an_answer",
  },
  {
    id: "J2",
    name: "LEAVE does not wait for the acknowledgements of its room",
    finds: /outcome is unknown/,
    mutation: "leaves_at_once",
  },
  {
    id: "J3",
    name: "what waits for a database that cannot be opened again is forgotten",
    finds: /has not settled|was neither sent nor refused/,
    changes: [
      {
        file: "outbox/store.ts",
        find: "const batches = this.#takeBatches();\n    if (!this.#hasFailed)",
        put: "const batches = [...this.#underway];\n    if (!this.#hasFailed)",
      },
    ],
  },
  {
    id: "J4",
    name: "numbers that were not written are used",
    finds: /number was used for another publication/,
    changes: [
      {
        file: "outbox/persistent_outbox.ts",
        find: "if (isWritten || this.#sent.has(saved)) return send();",
        put: "return send();",
      },
    ],
  },
  {
    id: "J5",
    name: "a leave that the server did not hear is forgotten",
    finds: /the server (keeps|has)/,
    mutation: "owed_leave_is_forgotten",
  },
  {
    id: "J6",
    name: "what one user has triggered is sent as another",
    finds: /is in the log as one of/,
    changes: [
      {
        file: "client/requests.ts",
        find: "isOthers((publication.userId ??= userId), userId)",
        put: "isOthers((publication.userId = userId), userId)",
      },
    ],
  },
  {
    id: "J7",
    name: "a page that is kept leaves its handover to the next one",
    finds: /twice/,
    changes: [
      { file: "client/page_lifecycle.ts", find: "      takeBack?.();\n      if (wanted", put: "      if (wanted" },
      // The page has one name for all of its life, by which it knows what is its own.
      { file: "outbox/open_store.ts", find: "(name);\n", put: "(name);\n  page = `${Math.random()}`;\n" },
      { file: "outbox/open_store.ts", find: "if (taken.has(publication.key))", put: "if (!publication)" },
    ],
  },
  {
    id: "J8",
    name: "a room that a limit held is held after its membership has ended",
    finds: /has not settled|events wait/,
    mutation: "hold_outlives_membership",
  },
  {
    id: "J9",
    name: "a request that a limit held is repeated for a client that has begun again",
    finds: /has not settled|refuses what the client made|request_invalid|TypeError/,
    changes: [
      { file: "client/requests.ts", find: "if (core.over) throw core.over;", put: "" },
      { file: "util/retry_after.ts", find: "await host.until(request(), signal);", put: "await request();" },
      { file: "util/retry_after.ts", find: "await host.until(pause, signal)", put: "await pause" },
    ],
  },
];
