// The one table of log events: name, levels, fields besides time, level and event, what it means, and what to do. From it come
// docs/reference/log-events.md and a tidy test, which compares it with what the code logs.
const sessionFields = "session user";
const apiWriteFields =
  "operation caller address peer trace? room? user? session? status? outcome? eventName? from? seq? events? items? " +
  "refused? connections? sockets? namespace? tokenId? issuedBefore? dryRun? clean?";
const receiptFields =
  "message begun_unix_ms took_ms pause_ms spread_ms notified resumable resumed rooms lost repeated gap_ms_max cut complete";

/** By the part of the server that writes them. */
export const logEvents = {
  "Start and end": [
    ["listening", "info", "message url metrics? admin? tcp? shards", "The server accepts connections.", ""],
    ["stopping", "info", "message connections delay_ms", "A stop began: clients are asked to reconnect.", ""],
    ["stopped", "info", "message ms", "The server has ended in order.", ""],
    [
      "store",
      "info warn",
      "message",
      "The store says something about its file: a repair, a version, a cleared copy.",
      "Read the message.",
    ],
    [
      "unknown_variable",
      "warn",
      "message",
      "The environment has a variable `DIALOGUE_*` that no setting has.",
      "Correct its name, or remove it.",
    ],
    [
      "no_definitions",
      "warn",
      "message",
      "The server runs without definitions: any room, any JSON.",
      "Give it an app.json before others use it.",
    ],
    ["development_identities_anywhere", "warn", "message", "`--dev`: clients may claim to be any user.", "Never in production."],
    ["dashboard", "info", "message url phone?", "`dialogue dev` serves the dashboard here.", ""],
    ["definitions_changed", "info", "message", "`dialogue dev` starts again with the changed definitions.", ""],
    [
      "definitions_faulty",
      "error",
      "message",
      "The changed definitions have faults; those before stay in force.",
      "Mend the file; it is read again when it changes.",
    ],
    ["anonymous_allowed", "warn", "message", "`--auth-anonymous`: clients without a token are guests.", ""],
    ["jwks_unprotected", "warn", "message", "A JWKS URL is fetched over http.", "Use https."],
    ["hooks_unprotected", "warn", "message count", "Hooks go over http.", "Use https."],
    ["memory_bound", "info", "message mib", "The memory limit that follows from the cgroup.", ""],
    [
      "descriptors_few",
      "warn",
      "message",
      "The limit of open files allows fewer sockets than `--connections-max`.",
      "Raise it: `ulimit -n`, `LimitNOFILE=`.",
    ],
    [
      "state_not_kept",
      "warn",
      "message",
      "The store keeps no rooms, revocations and keys over a restart.",
      "Use a store that does, such as sqlite.",
    ],
    ["certificate_reloaded", "info", "message", "New connections use the new certificate.", ""],
    [
      "certificate_refused",
      "error",
      "message",
      "The new certificate cannot be used; the previous one stays.",
      "Correct the files and reload.",
    ],
    ["certificate_ends", "warn", "message", "The certificate ends soon, or has ended.", "Renew it, then SIGHUP."],
  ],
  Settings: [
    ["reloaded", "info", "message changes", "SIGHUP or the API has reloaded the settings.", ""],
    ["setting_reloaded", "info", "message setting before now", "One setting is in force with its new value.", ""],
    [
      "setting_needs_restart",
      "warn",
      "message setting",
      "One setting changed that is read at start only.",
      "Restart when it suits.",
    ],
    [
      "reload_refused",
      "error",
      "message",
      "The new settings have a fault; nothing was changed.",
      "Correct it; `dialogue check --reload` shows it first.",
    ],
    ["keys_reloaded", "info", "message keys", "Tokens are verified with other keys.", ""],
    ["api_keys_reloaded", "info", "message keys", "The HTTP API has other keys.", ""],
    ["hooks_secret_reloaded", "info", "message keys", "Hooks are signed with another secret.", ""],
    ["otlp_headers_reloaded", "info", "message keys", "Traces are sent with other header fields.", ""],
  ],
  Connections: [
    ["connected", "info", `${sessionFields} address client`, "A client was let in.", ""],
    ["disconnected", "info", `${sessionFields} reason`, "It has gone; `reason` is `closed`, `connection_lost` or an error.", ""],
    [
      "turned_away",
      "info",
      "code reason address",
      "A connection ended before its client was let in.",
      "Look the code up in [errors](errors.md).",
    ],
    ["joined", "info", `${sessionFields} room`, "A client has joined a room.", ""],
    ["left", "info", `${sessionFields} room`, "It has left, or was made to.", ""],
    [
      "refused",
      "info",
      "request code session trace?",
      "A join, publication or read was refused.",
      "Look the code up in [errors](errors.md).",
    ],
    ["refresh_refused", "info", `${sessionFields} code reason`, "A new token was refused; the old one counts on.", ""],
    [
      "request_refused",
      "info",
      "status address peer reason",
      "An HTTP request or a handshake was refused.",
      "Read `reason`; for pages of other origins see `--allow-origin`.",
    ],
    ["connection_refused", "info", "address code? reason", "A TCP connection was refused.", ""],
    ["accept_failed", "warn", "message", "The system gives no more sockets.", "Raise the limit of open files."],
    [
      "descriptors_exhausted",
      "warn",
      "message",
      "All sockets that the limit allows are in use; probes are answered.",
      "Raise the limit of open files.",
    ],
    [
      "memory_full",
      "warn",
      "message",
      "`--memory-max` is reached: new connections get 503.",
      "Give it more memory, or more servers.",
    ],
    [
      "shard_unanswered",
      "warn",
      "request",
      "A shard has not answered another one in time.",
      "Look at `dialogue_loop_turn_seconds`: a hook or store may block it.",
    ],
    ["guest_secret_damaged", "warn", "message", "The key of guests' ids cannot be read: guests get new ids.", ""],
    ["adopt_refused", "warn", "message", "`adopt()` got a socket that it cannot serve.", ""],
  ],
  "HTTP API": [
    [
      "api_write",
      "info",
      apiWriteFields,
      "A call that changes something, and its status; `outcome` is `unknown` where its caller did not wait.",
      "",
    ],
    [
      "api_refused",
      "info",
      "status method path operation? room? user? session? connection? caller? address peer trace?",
      "A call was answered with 401, 403 or 429.",
      "",
    ],
  ],
  "Rooms and the store": [
    ["room_created", "info", "room", "A room was made at run time.", ""],
    ["room_deleted", "info", "room", "A room was deleted.", ""],
    [
      "room_defined_twice",
      "warn",
      "room message",
      "Definitions and a room made at run time have the same id.",
      "Rename one of them.",
    ],
    [
      "room_definition_damaged",
      "error",
      "room message",
      "The kept definition of a room cannot be read.",
      "Make the room again; its log is there.",
    ],
    [
      "room_event_unknown",
      "warn",
      "room message",
      "A room has an event that the definitions have no more.",
      "Define it again, or leave it.",
    ],
    [
      "log_not_opened",
      "error",
      "room code",
      "A room's log cannot be opened; its members are refused.",
      "See `code`; `dialogue store check`.",
    ],
    [
      "store_busy",
      "warn",
      "message",
      "The store is locked or overloaded; publications wait at their senders.",
      "Look for another program that has the database open.",
    ],
    ["store_full", "warn", "message", "The disk, or the memory for rooms, is full; publications are refused.", "Make space."],
    [
      "store_failed",
      "error",
      "message",
      "The store cannot be trusted any more; the server ends.",
      "Read the message, check the disk, start again.",
    ],
    ["store_silent", "error", "call message room?", "The store has not answered in its time.", "Check the disk."],
    [
      "store_let_go",
      "error",
      "call message room?",
      "A store of the application let a question go without an answer.",
      "Correct the store.",
    ],
    ["store_threw", "error", "call message room?", "A store of the application threw.", "Correct the store."],
    ["store_answered_twice", "error", "call message room?", "A store of the application answered twice.", "Correct the store."],
    ["store_value_refused", "error", "call message room?", "A store gave what cannot be.", "Correct the store."],
    [
      "store_cannot_follow",
      "error",
      "call message room?",
      "The store cannot tell of other servers' writes.",
      "Run one server on it.",
    ],
    [
      "revocations_unanswered",
      "error",
      "message",
      "The store has not kept a revocation before the end.",
      "Revoke again after the start.",
    ],
    ["erasure_not_notified", "warn", "code", "Members were not notified of an erasure; the data is erased.", ""],
  ],
  "Hooks and the application": [
    [
      "hook_failed",
      "warn",
      "code reason session",
      "A hook could not be asked; the client may try again.",
      "Look at the backend.",
    ],
    ["hook_late", "warn", "message count", "The backend did not answer in time.", "Look at `dialogue_hook_seconds`."],
    ["hook_request_failed", "warn", "message count", "A request to the backend failed.", "Look at the backend."],
    [
      "hook_answer_invalid",
      "warn",
      "message count",
      "The backend's answer is not what [hooks](../guides/hooks.md) describe.",
      "Correct the backend.",
    ],
    ["hooks_overloaded", "warn", "message count", "More questions wait than are kept.", "Make the backend faster, or ask less."],
    [
      "hooks_suspended",
      "error",
      "message count",
      "The backend failed repeatedly and is left alone for a while.",
      "Look at the backend.",
    ],
    ["hooks_resumed", "warn", "message count", "It answers again.", ""],
    ["hook_notices_dropped", "warn", "message count", "Notices were lost.", "Make the backend faster."],
    ["hook_calls_refused", "error", "session room", "A hook asked too much of its client.", "Ask less within one hook."],
    ["hook_event_not_sent", "warn", "session room", "What a hook sent has no member to go to.", ""],
    ["meta_refused", "warn", "session", "A hook gave `meta` that is no object or too large.", "Correct the hook."],
    [
      "replacement_refused",
      "error",
      "event_name code path session",
      "What middleware made of a payload does not fit its schema.",
      "Correct the middleware.",
    ],
    ["message", "info", "room event_name user session bytes", "The stock middleware `logger` saw a publication.", ""],
    ["application_threw", "error", "function what?", "A function of the application threw.", "Correct it."],
    ["callback_threw", "error", "what? message?", "A callback of the application threw.", "Correct it."],
    ["handler_threw", "error", "room? namespace? event_name what", "A handler of the application threw.", "Correct it."],
    [
      "called_from_server_thread",
      "error",
      "message",
      "A call that waits was made on the server's own thread.",
      "Make it on another one.",
    ],
    ["run_after_stop", "warn", "message", "`run()` was called after `stop()`.", ""],
    ["socketio_rooms_full", "warn", "namespace rooms_max", "A Socket.IO socket is in as many rooms as it may be.", ""],
    ["socketio_middleware_late", "warn", "namespace", "Middleware of a namespace did not call next in time.", "Correct it."],
  ],
  Tokens: [
    ["jwks_fetched", "info warn", "keys", "Keys were fetched; `warn` after an outage.", ""],
    ["jwks_failed", "debug warn", "message reason", "Keys could not be fetched; known ones stay.", "Look at the issuer."],
    ["jwks_key_passed_over", "warn", "message reason", "A key of the URL cannot be used.", "Look at the reason."],
  ],
  "Drains, recordings, audit": [
    ["drain_receipt", "info", receiptFields, "How many sessions were asked to come back.", ""],
    ["drain_completed", "info", receiptFields, "How many came back, and what they missed.", ""],
    ["drain_receipt_lost", "warn", "message", "The receipt could not be written.", "Look at the directory of the store."],
    ["drain_receipt_unreadable", "warn", "message", "There is a receipt, and it cannot be read.", "Remove the file."],
    ["recording_written", "info", "file", "The flight recorder has written its file.", ""],
    ["recording_failed", "error", "message", "It could not.", "Look at the directory and the space."],
    ["recording_off", "warn", "message", "SIGUSR1 came, and nothing is recorded.", "Start with `--record`."],
    [
      "audit_begun_anew",
      "warn",
      "message",
      "The audit has no records, though its key was there before.",
      "If the key has signed records, look for the file.",
    ],
    ["audit_failed", "error", "message", "The audit cannot be written.", "Look at the file, its directory and the space."],
  ],
  "Metrics, traces, log": [
    ["metric_sink_threw", "error", "message", "A sink of the application threw.", "Correct it."],
    ["traces_dropped", "warn", "message spans", "Spans could not be delivered; at most once a minute.", "Look at the receiver."],
    ["log_lines_lost", "warn", "lines", "At the end: lines that were dropped, since their reader was slower.", ""],
  ],
};

/** Fields that any line may have. */
export const commonFields = ["time", "level", "event", "swallowed"];

const row = ([name, levels, fields, meaning, advice]) => {
  const shown = fields
    .split(" ")
    .filter((field) => field)
    .map((field) => `\`${field}\``);
  return `| \`${name}\` | ${levels.replace(" ", ", ")} | ${shown.join(" ")} | ${meaning} | ${advice} |`;
};

export function logEventsPage() {
  const sections = Object.entries(logEvents).map(([title, events]) => {
    const rows = [...events].sort(([a], [b]) => (a < b ? -1 : 1)).map(row);
    return `## ${title}\n\n| event | level | fields | meaning | what to do |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return `<!-- Generated by npm run generate from scripts/generate/log_events.mjs. -->

# Log events

Each line of the log has \`time\`, \`level\` and \`event\`, and the fields below; a field with \`?\` is not always there. An
event that comes often is written at most so many times a second, and \`swallowed\` counts the lines in between.
\`trace\` is the id of the request's [trace](../guides/server.md#traces). \`--log-level\` selects the lowest level, and may
change while the server runs ([logs](../guides/server.md#logs)).

${sections.join("\n")}`;
}
