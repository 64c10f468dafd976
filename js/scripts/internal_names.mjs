// Members that only the client's own files use, each from few places: the build shortens them, since a page downloads them.
// A name that is public, stored in the browser or a browser's own must not be here; scripts/build.mjs compares with the
// public types. The short names follow from the order, so that all files, and those of two builds, agree: append at the end.
const names = [
  "deferReads",
  "retryWhenLimited",
  "loadWithRetries",
  "rejectPublications",
  "openedValidator",
  "saveForNextPage",
  "applyJoined",
  "applyPresence",
  "emitRecovery",
  "directEvents",
  "sendInherited",
  "restoreNumbers",
  "persistThenSend",
  "producerId",
  "hasPublication",
  "pendingBytesMax",
  "catalogued",
  "lastPosition",
  "capability",
  "retryNow",
  "sendJoin",
  "references",
  "claims",
  "subscribed",
  "question",
  "register",
  "acquire",
  "identify",
  "isOpen",
  "forgetUnused",
  "identityFacts",
  "perform",
  "isFinal",
  "isUnknown",
  "isStarted",
  "lastId",
  "postpone",
  "hasPast",
  "relay",
  "announce",
  "leaveSharing",
  "followLeader",
  "takeBlock",
  "missedEvents",
  "transportInUse",
  "openWebSocket",
  "webSocketFailed",
  "webSocketAnswered",
  "isMoving",
  "awaitsWelcome",
  "saidHello",
  "isRemembered",
  "fallBack",
  "countPending",
  "pipeOpener",
  "firstMessage",
  "isWelcomed",
  "moveNow",
  "wasCut",
  "renew",
  "withCore",
  "staged",
  "endLoops",
  "asked",
  "loadOpener",
  "setCatalogue",
  "inherited",
  "admit",
  "joining",
  "identifying",
  "numbers",
  "handle",
  "final",
  "isVolatile",
  "emitter",
  "leaving",
  "pendingBytes",
  "loader",
  "verdicts",
  "byId",
  "wishes",
  "moveOn",
  "owner",
];

const letters = "etnsiraoducflhKmgybvwkxzjEqTNSIRAODUCFLHPMGYBVWpXZJQ$_"; // no object has these names otherwise: a name each

const shortName = (index) => letters[index] ?? `_${letters[index - letters.length]}`;

/** For esbuild's mangleCache, without which each file would get short names of its own. */
export const shortNames = Object.fromEntries(names.map((name, index) => [name, shortName(index)]));

/** For esbuild's mangleProps. */
export const internalNames = new RegExp(`^(${names.join("|")})$`);

/** Throws where declarations of the public types have one of the names as a member. */
export function assertInternal(declarations) {
  const name = names.find((name) => new RegExp(`\\b${name}\\??[(<:]`).test(declarations));
  if (name) throw new Error(`${name} is public: take it out of scripts/internal_names.mjs`);
}
