// Faults of the client that a reading found once, put back one by one: the simulation must find each. Those of TypeScript are
// changes of its sources, those of the core are compiled in (shared/base/mutation.hpp).

/** { name, mutation } of the core, or { name, changes }. */
export const plantedFaults = [
  { id: "J1", name: "JOINED of the server's application is taken for the answer to JOIN", mutation: "unasked_join_is_an_answer" },
  { id: "J2", name: "LEAVE does not wait for the acknowledgements of its room", mutation: "leaves_at_once" },
  {
    id: "J3",
    name: "what waits for a database that cannot be opened again is forgotten",
    changes: [
      {
        file: "outbox/store.ts",
        find: "const batches = this.#takeBatches();\n    if (!this.#hasFailed)",
        put: "const batches = [...this.#underway];\n    if (!this.#hasFailed)",
      },
    ],
  },
  { id: "J5", name: "a leave that the server did not hear is forgotten", mutation: "owed_leave_is_forgotten" },
  {
    id: "J6",
    name: "what one user has triggered is sent as another",
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
    changes: [{ file: "client/page_lifecycle.ts", find: "takeBack?.();", put: "" }],
  },
];
