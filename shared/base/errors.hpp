// The table of error codes: wire number, name, sentence, what to do. Append only: a number is never reused.
// TypeScript and docs/reference/errors.md are generated from it (npm run generate); a test fails when they are stale.
// In a message "{}" stands for the verdict's argument (a bound, a name). Immutable; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dialogue {

enum class ErrorCode : std::uint16_t {
  ok = 0,
  // Payload verdicts of the validator, identical in client and server.
  json_syntax = 1,
  json_utf8 = 2,
  json_depth = 3,
  duplicate_key = 4,
  wrong_type = 10,
  not_in_enum = 11,
  not_const = 12,
  too_small = 13,
  too_large = 14,
  not_multiple = 15,
  too_short = 16,
  too_long = 17,
  pattern_mismatch = 18,
  format_mismatch = 19,
  too_few_items = 20,
  too_many_items = 21,
  items_not_unique = 22,
  too_few_properties = 23,
  too_many_properties = 24,
  required_missing = 25,
  property_unknown = 26,
  variant_unknown = 27,
  value_forbidden = 28,
  too_few_bytes = 29,
  too_many_bytes = 30,
  // Protocol: the connection ends with the row's close code.
  frame_malformed = 40,
  frame_unknown = 41,
  frame_too_large = 42,
  batch_too_large = 43,
  hello_required = 44,
  hello_repeated = 45,
  hello_timeout = 46,
  version_unsupported = 47,
  binary_unsupported = 48,
  ping_timeout = 49,
  slow_consumer = 50,
  catalogue_changed = 51,
  draining = 52,
  replaced = 53,
  server_full = 54,
  control_flood = 55,
  identity_unavailable = 56,
  token_expired = 57,
  token_invalid = 58,
  token_revoked = 59,
  // Requests: the connection continues.
  unauthorized = 60,
  forbidden = 61,
  name_invalid = 62,
  room_unknown = 63,
  room_full = 64,
  room_exists = 65,
  room_deleted = 66,
  not_joined = 67,
  already_joined = 68,
  too_many_rooms = 69,
  event_unknown = 70,
  event_not_allowed = 71,
  payload_too_large = 72,
  request_invalid = 73,
  not_supported = 74,
  rate_limited = 75,
  denied_by_hook = 76,
  internal = 77,
  store_full = 78,
  store_unavailable = 79,
  history_damaged = 80,
  history_trimmed = 81,
  hook_unavailable = 82,
  too_many_connections = 83,
  // Calls and streams.
  call_unknown = 84,
  call_timeout = 85,
  call_failed = 86,
  handler_failed = 87,
  handler_unavailable = 88,
  too_many_calls = 89,
  // Producers.
  producer_unknown = 90,
  producer_hole = 91,
  producer_in_flight = 92,
  producer_conflict = 93,
  too_many_producers = 94,
  // States of presence.
  too_many_states = 95,
  // Documents.
  document_invalid = 96,
  document_hole = 97,
  document_too_large = 98,
  document_too_costly = 99,
  // Made by the client itself; never on the wire.
  closed = 110,
  connection_lost = 111,
  outcome_unknown = 112,
  aborted = 113,
  outbox_full = 114,
  not_left_yet = 115,
  events_missed = 116,
  outbox_unavailable = 117,
};

struct ErrorRow {
  ErrorCode code;
  std::string_view name;     ///< lower snake_case, compared by applications
  std::string_view message;  ///< one sentence; "{}" is the argument
  std::string_view advice;   ///< what to do about it
  bool retryable;            ///< an unchanged retry can succeed later
  std::uint16_t close_code;  ///< WebSocket close code (RFC 6455 7.4), 0 when the connection continues
};

/// The close code of a connection that ends by BYE with this row's code: its own. One that usually leaves the connection open
/// closes it for a while (1011) if a retry can help, and otherwise with 1008 (RFC 6455 7.4.1).
[[nodiscard]] constexpr std::uint16_t close_code_of_bye(const ErrorRow& row) {
  if (row.close_code != 0) return row.close_code;
  return row.retryable ? 1011 : 1008;
}

/// Whether a client stays away after this close code (docs/protocol.md, "What ends a connection").
[[nodiscard]] constexpr bool is_final_close(std::uint16_t close_code) {
  return close_code == 1002 || close_code == 1003 || (close_code >= 1007 && close_code <= 1009) ||
         (close_code >= 4500 && close_code <= 4999);
}

inline constexpr std::array kErrors = {
    ErrorRow{ErrorCode::ok, "ok", "No error.", "", false, 0},
    ErrorRow{ErrorCode::json_syntax, "json_syntax", "is not valid JSON", "Send what JSON.stringify returns.", false, 0},
    ErrorRow{ErrorCode::json_utf8, "json_utf8", "is not valid UTF-8 or has a lone surrogate", "Send well-formed text only.",
             false, 0},
    ErrorRow{ErrorCode::json_depth, "json_depth", "is nested more than {} levels deep", "Flatten the value.", false, 0},
    ErrorRow{ErrorCode::duplicate_key, "duplicate_key", "has the key {} twice", "Give each key once.", false, 0},
    ErrorRow{ErrorCode::wrong_type, "wrong_type", "expected {}", "Send a value of the declared type.", false, 0},
    ErrorRow{ErrorCode::not_in_enum, "not_in_enum", "is not one of the allowed values", "Use a value that the definition lists.",
             false, 0},
    ErrorRow{ErrorCode::not_const, "not_const", "is not the allowed value", "Use the value in the definition.", false, 0},
    ErrorRow{ErrorCode::too_small, "too_small", "is below the minimum {}", "Send a larger number.", false, 0},
    ErrorRow{ErrorCode::too_large, "too_large", "is above the maximum {}", "Send a smaller number.", false, 0},
    ErrorRow{ErrorCode::not_multiple, "not_multiple", "is not a multiple of {}", "Round it.", false, 0},
    ErrorRow{ErrorCode::too_short, "too_short", "is shorter than {} character(s)", "Send a longer string.", false, 0},
    ErrorRow{ErrorCode::too_long, "too_long", "is longer than {} character(s)", "Send a shorter string.", false, 0},
    ErrorRow{ErrorCode::pattern_mismatch, "pattern_mismatch", "does not match the pattern {}", "See the definition's pattern.",
             false, 0},
    ErrorRow{ErrorCode::format_mismatch, "format_mismatch", "is not a valid {}", "See the format's specification.", false, 0},
    ErrorRow{ErrorCode::too_few_items, "too_few_items", "has fewer than {} item(s)", "Send more items.", false, 0},
    ErrorRow{ErrorCode::too_many_items, "too_many_items", "has more than {} item(s)", "Send fewer items.", false, 0},
    ErrorRow{ErrorCode::items_not_unique, "items_not_unique", "has the same item twice", "Send each item once.", false, 0},
    ErrorRow{ErrorCode::too_few_properties, "too_few_properties", "has fewer properties than {}", "Send more properties.", false,
             0},
    ErrorRow{ErrorCode::too_many_properties, "too_many_properties", "has more properties than {}", "Send fewer properties.",
             false, 0},
    ErrorRow{ErrorCode::required_missing, "required_missing", "lacks the required property {}", "Add the property.", false, 0},
    ErrorRow{ErrorCode::property_unknown, "property_unknown", "is not a declared property", "Remove it, or declare it.", false,
             0},
    ErrorRow{ErrorCode::variant_unknown, "variant_unknown", "does not match a declared variant",
             "Check the discriminator's value.", false, 0},
    ErrorRow{ErrorCode::value_forbidden, "value_forbidden", "is not allowed", "Remove it.", false, 0},
    ErrorRow{ErrorCode::too_few_bytes, "too_few_bytes", "has fewer than {} byte(s)", "Send more bytes.", false, 0},
    ErrorRow{ErrorCode::too_many_bytes, "too_many_bytes", "has more than {} byte(s)", "Send fewer bytes.", false, 0},
    ErrorRow{ErrorCode::frame_malformed, "frame_malformed", "The frame does not have the documented form.",
             "See docs/protocol.md.", false, 4500},
    ErrorRow{ErrorCode::frame_unknown, "frame_unknown", "The frame type {} is unknown.",
             "See docs/protocol.md; check the protocol version.", false, 4501},
    ErrorRow{ErrorCode::frame_too_large, "frame_too_large", "The message is larger than {} bytes.", "Send a smaller message.",
             false, 1009},
    ErrorRow{ErrorCode::batch_too_large, "batch_too_large", "The message contains more than {} frames.", "Split the batch.",
             false, 4502},
    ErrorRow{ErrorCode::hello_required, "hello_required", "HELLO must be the first frame.", "Send HELLO first.", false, 4503},
    ErrorRow{ErrorCode::hello_repeated, "hello_repeated", "HELLO was sent twice.", "Send HELLO once per connection.", false,
             4504},
    ErrorRow{ErrorCode::hello_timeout, "hello_timeout", "No HELLO within {} ms.", "Send HELLO as soon as the connection is open.",
             true, 4000},
    ErrorRow{ErrorCode::version_unsupported, "version_unsupported", "This server does not support protocol version {}.",
             "Update the client or the server.", false, 4505},
    ErrorRow{ErrorCode::binary_unsupported, "binary_unsupported", "Binary messages are not supported.", "Send text frames.",
             false, 1003},
    ErrorRow{ErrorCode::ping_timeout, "ping_timeout", "No data was received for too long.", "Reconnect.", true, 4001},
    ErrorRow{ErrorCode::slow_consumer, "slow_consumer", "The connection reads too slowly.",
             "Reconnect; subscribe to fewer events.", true, 4002},
    ErrorRow{ErrorCode::catalogue_changed, "catalogue_changed", "The definitions have changed.",
             "Reconnect to load the new ones.", true, 4003},
    ErrorRow{ErrorCode::draining, "draining", "The server is shutting down.", "Reconnect after retryAfterMs.", true, 1012},
    ErrorRow{ErrorCode::replaced, "replaced", "The session continues on another connection.",
             "Nothing: use the newer connection.", false, 4506},
    ErrorRow{ErrorCode::server_full, "server_full", "The server accepts no more connections.", "Try again later.", true, 1013},
    ErrorRow{ErrorCode::control_flood, "control_flood", "Too many control frames.", "Send fewer pings.", false, 1008},
    ErrorRow{ErrorCode::identity_unavailable, "identity_unavailable", "The server cannot verify identities right now.",
             "Retry later; notify the operator if it persists.", true, 4004},
    ErrorRow{ErrorCode::token_expired, "token_expired", "The token has expired.",
             "Get a new one; the client calls auth.token if it is a function.", true, 4005},
    ErrorRow{ErrorCode::token_invalid, "token_invalid", "The token was not accepted: {}",
             "Sign in again, or fix the code that issues tokens.", false, 4508},
    ErrorRow{ErrorCode::token_revoked, "token_revoked", "The token was revoked.", "Sign in again.", false, 4509},
    ErrorRow{ErrorCode::unauthorized, "unauthorized", "The identity was not accepted: {}", "Sign in again.", false, 4507},
    ErrorRow{ErrorCode::forbidden, "forbidden", "You may not do this: {}", "Ask for the right that the message names.", false, 0},
    ErrorRow{ErrorCode::name_invalid, "name_invalid", "The name is not valid: 1 to 128 of A-Z a-z 0-9 _ - . : @ ~",
             "Choose another name.", false, 0},
    ErrorRow{ErrorCode::room_unknown, "room_unknown", "There is no room {}.", "Check the id; listRooms shows what exists.", false,
             0},
    ErrorRow{ErrorCode::room_full, "room_full", "The room is full: it holds {} members.", "Retry when a member has left.", true,
             0},
    ErrorRow{ErrorCode::room_exists, "room_exists", "A room with this id already exists.",
             "Choose another id, or use the existing room.", false, 0},
    ErrorRow{ErrorCode::room_deleted, "room_deleted", "The room was deleted.", "Join another room.", false, 0},
    ErrorRow{ErrorCode::not_joined, "not_joined", "The room is not joined.", "Join it first.", false, 0},
    ErrorRow{ErrorCode::already_joined, "already_joined", "The room is already joined.", "Use the existing membership.", false,
             0},
    ErrorRow{ErrorCode::too_many_rooms, "too_many_rooms", "A connection may join at most {} rooms.", "Leave a room first.", false,
             0},
    ErrorRow{ErrorCode::event_unknown, "event_unknown", "There is no event {}.", "Check the name, or update the definitions.",
             false, 0},
    ErrorRow{ErrorCode::event_not_allowed, "event_not_allowed", "The room does not list the event {}.",
             "Add the event to the room's definition.", false, 0},
    ErrorRow{ErrorCode::payload_too_large, "payload_too_large", "The payload is larger than {} bytes.", "Send a smaller message.",
             false, 0},
    ErrorRow{ErrorCode::request_invalid, "request_invalid", "The request does not have the documented form: {}",
             "See docs/protocol.md.", false, 0},
    ErrorRow{ErrorCode::not_supported, "not_supported", "Not supported: {}.", "Check the capabilities in WELCOME.", false, 0},
    ErrorRow{ErrorCode::rate_limited, "rate_limited", "The rate limit is exceeded.", "Wait for retryAfterMs.", true, 0},
    ErrorRow{ErrorCode::denied_by_hook, "denied_by_hook", "The application refused: {}", "See the reason.", false, 0},
    ErrorRow{ErrorCode::internal, "internal", "The server failed to handle this.", "Retry; notify the operator if it persists.",
             true, 0},
    ErrorRow{ErrorCode::store_full, "store_full", "The server's disk is full.",
             "Retry later; notify the operator if it persists.", true, 0},
    ErrorRow{ErrorCode::store_unavailable, "store_unavailable", "The server cannot reach its store.",
             "Retry later; notify the operator if it persists.", true, 0},
    ErrorRow{ErrorCode::history_damaged, "history_damaged", "The room's log is damaged.",
             "Notify the operator: the room must be restored from a backup.", false, 0},
    ErrorRow{ErrorCode::history_trimmed, "history_trimmed", "The room no longer keeps these events.",
             "Load the missing data another way.", false, 0},
    ErrorRow{ErrorCode::hook_unavailable, "hook_unavailable", "The application's hook is unavailable.",
             "Retry later; notify the operator if it persists.", true, 0},
    ErrorRow{ErrorCode::too_many_connections, "too_many_connections", "A user may have at most {} connections.",
             "Close some; the client retries.", true, 4006},
    ErrorRow{ErrorCode::call_unknown, "call_unknown", "There is no call or stream {}.",
             "Check the name, or update the definitions.", false, 0},
    ErrorRow{ErrorCode::call_timeout, "call_timeout", "No answer within {} ms.",
             "The call may have had its effect: repeat it only if it is idempotent.", true, 0},
    ErrorRow{ErrorCode::call_failed, "call_failed", "The handler answered with the error {}.", "See the call's declared errors.",
             false, 0},
    ErrorRow{ErrorCode::handler_failed, "handler_failed", "The handler failed.", "Notify the operator.", false, 0},
    ErrorRow{ErrorCode::handler_unavailable, "handler_unavailable", "Nothing handles {} now.",
             "Retry later; notify the operator if it persists.", true, 0},
    ErrorRow{ErrorCode::too_many_calls, "too_many_calls", "More than {} calls are in progress.", "Wait for answers.", true, 0},
    ErrorRow{ErrorCode::producer_unknown, "producer_unknown", "The server does not know this producer.",
             "Reconnect; the outcome of unanswered publications is unknown.", false, 0},
    ErrorRow{ErrorCode::producer_hole, "producer_hole", "The publication {} was expected first.",
             "Send the missing ones, then this one again.", true, 0},
    ErrorRow{ErrorCode::producer_in_flight, "producer_in_flight", "More than {} publications are unanswered.",
             "Wait for acknowledgements.", true, 0},
    ErrorRow{ErrorCode::producer_conflict, "producer_conflict", "This number was used for another publication.",
             "Never reuse a number for other content.", false, 0},
    ErrorRow{ErrorCode::too_many_producers, "too_many_producers", "The room remembers {} producers, which is its limit.",
             "Try again later.", true, 0},
    ErrorRow{ErrorCode::too_many_states, "too_many_states", "The limit is {}.",
             "Clear a state or end a watch first, or retry later.", true, 0},
    ErrorRow{ErrorCode::document_invalid, "document_invalid", "This is not an update of the document: {}.",
             "Send what Yjs' encodeStateAsUpdate or its \"update\" event returns, with the document's roots only.", false, 0},
    ErrorRow{ErrorCode::document_hole, "document_hole", "The update needs changes that the document does not have.",
             "Send what the document lacks by its state vector.", false, 0},
    ErrorRow{ErrorCode::document_too_large, "document_too_large", "The document would be larger than it may be.",
             "Delete something, or begin a new document.", false, 0},
    ErrorRow{ErrorCode::document_too_costly, "document_too_costly", "The update takes more steps than one may take.",
             "Send it in parts.", false, 0},
    ErrorRow{ErrorCode::closed, "closed", "The client was closed.", "Create a new client.", false, 0},
    ErrorRow{ErrorCode::connection_lost, "connection_lost", "The connection was lost.",
             "Wait: the client reconnects automatically.", true, 0},
    ErrorRow{ErrorCode::outcome_unknown, "outcome_unknown", "The event may have been published.",
             "The server restarted before it answered: check the room's history before sending it again.", false, 0},
    ErrorRow{ErrorCode::aborted, "aborted", "The call was cancelled.", "Nothing: this was requested.", false, 0},
    ErrorRow{ErrorCode::outbox_full, "outbox_full", "More than {} events are queued.", "Wait for client.pending to fall.", true,
             0},
    ErrorRow{ErrorCode::not_left_yet, "not_left_yet", "The room is being left.", "Wait for leave() to settle, then join again.",
             true, 0},
    ErrorRow{ErrorCode::events_missed, "events_missed", "Events were missed: {}",
             "Load the missing data another way; later events are complete again.", false, 0},
    ErrorRow{ErrorCode::outbox_unavailable, "outbox_unavailable", "Unsent events cannot be stored: {}",
             "They are kept in memory meanwhile.", false, 0},
};

/// The additional field of an error: the path in the payload, the path in the request if it is known, or the time of a retry, if
/// known. The client's types are generated from this.
enum class ErrorField : std::uint8_t { none, path, path_if_known, retry_after_ms };

[[nodiscard]] constexpr ErrorField field_of(const ErrorRow& row) {
  const bool is_verdict = row.code != ErrorCode::ok && row.code < ErrorCode::frame_malformed;
  if (is_verdict) return ErrorField::path;
  const bool is_of_request = row.code == ErrorCode::request_invalid || row.code == ErrorCode::name_invalid;
  if (is_of_request || row.code == ErrorCode::payload_too_large) return ErrorField::path_if_known;
  return row.retryable ? ErrorField::retry_after_ms : ErrorField::none;
}

/// Codes of calls, streams and states, which clients load with these.
[[nodiscard]] constexpr bool is_of_calls(ErrorCode code) {
  return (code >= ErrorCode::call_unknown && code <= ErrorCode::too_many_calls) || code == ErrorCode::too_many_states;
}

/// Codes that answer a publication only: a client has loaded the validator by then.
[[nodiscard]] constexpr bool is_of_publications(ErrorCode code) {
  return (code >= ErrorCode::producer_unknown && code <= ErrorCode::too_many_producers) ||
         (code >= ErrorCode::document_invalid && code <= ErrorCode::document_too_costly);
}

/// The row of `code`. A test ensures that every enumerator has one.
[[nodiscard]] constexpr const ErrorRow& error_row(ErrorCode code) {
  for (const ErrorRow& row : kErrors)
    if (row.code == code) return row;
  return kErrors[0];
}

[[nodiscard]] constexpr std::string_view error_name(ErrorCode code) { return error_row(code).name; }

}  // namespace dialogue
