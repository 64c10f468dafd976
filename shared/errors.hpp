// The one table of error codes: wire number, name, sentence, what to do. Append only: a number is never used again.
// TypeScript and docs/reference/errors.md are generated from it (npm run generate); a test fails when they are stale.
// In a message "{}" stands for the verdict's argument (a bound, a name). Immutable; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace dialogue {

enum class ErrorCode : std::uint16_t {
  ok = 0,
  // Payload verdicts: the validator's, the same at both ends.
  json_syntax = 1, json_utf8 = 2, json_depth = 3, duplicate_key = 4,
  wrong_type = 10, not_in_enum = 11, not_const = 12, too_small = 13, too_large = 14, not_multiple = 15,
  too_short = 16, too_long = 17, pattern_mismatch = 18, format_mismatch = 19,
  too_few_items = 20, too_many_items = 21, items_not_unique = 22, too_few_properties = 23, too_many_properties = 24,
  required_missing = 25, property_unknown = 26, variant_unknown = 27, value_forbidden = 28,
  // Protocol: the connection ends with the row's close code.
  frame_malformed = 40, frame_unknown = 41, frame_too_large = 42, batch_too_large = 43, hello_required = 44,
  hello_repeated = 45, hello_timeout = 46, version_unsupported = 47, binary_unsupported = 48, ping_timeout = 49,
  slow_consumer = 50, catalogue_changed = 51, draining = 52, replaced = 53, server_full = 54, control_flood = 55,
  // Requests: the connection goes on.
  unauthorized = 60, forbidden = 61, name_invalid = 62, room_unknown = 63, room_full = 64, room_exists = 65,
  room_deleted = 66, not_joined = 67, already_joined = 68, too_many_rooms = 69, event_unknown = 70,
  event_not_allowed = 71, payload_too_large = 72, request_invalid = 73, not_supported = 74, rate_limited = 75,
  denied_by_hook = 76, internal = 77,
  // Producers.
  producer_unknown = 90, producer_hole = 91, producer_in_flight = 92, producer_conflict = 93,
  // Made by the client itself; never on the wire.
  closed = 110, connection_lost = 111, outcome_unknown = 112, aborted = 113, outbox_full = 114, not_left_yet = 115,
  events_missed = 116,
};

struct ErrorRow {
  ErrorCode code;
  std::string_view name;      ///< lower snake_case, what applications compare with
  std::string_view message;   ///< one sentence; "{}" is the argument
  std::string_view advice;    ///< what to do about it
  bool retryable;             ///< trying again later can succeed without any change
  std::uint16_t close_code;   ///< WebSocket close code (RFC 6455 7.4), 0 when the connection goes on
};

inline constexpr std::array kErrors = {
    ErrorRow{ErrorCode::ok, "ok", "No error.", "", false, 0},
    ErrorRow{ErrorCode::json_syntax, "json_syntax", "is not valid JSON", "Send what JSON.stringify returns.", false, 0},
    ErrorRow{ErrorCode::json_utf8, "json_utf8", "is not valid UTF-8 or has a lone surrogate", "Send well-formed text only.", false, 0},
    ErrorRow{ErrorCode::json_depth, "json_depth", "is nested more than {} levels deep", "Flatten the value.", false, 0},
    ErrorRow{ErrorCode::duplicate_key, "duplicate_key", "has the key {} twice", "Give each key once.", false, 0},
    ErrorRow{ErrorCode::wrong_type, "wrong_type", "expected {}", "Send a value of the declared type.", false, 0},
    ErrorRow{ErrorCode::not_in_enum, "not_in_enum", "is not one of the allowed values", "Use a value that the definition lists.", false, 0},
    ErrorRow{ErrorCode::not_const, "not_const", "is not the one allowed value", "Use the value in the definition.", false, 0},
    ErrorRow{ErrorCode::too_small, "too_small", "is below the minimum {}", "Send a larger number.", false, 0},
    ErrorRow{ErrorCode::too_large, "too_large", "is above the maximum {}", "Send a smaller number.", false, 0},
    ErrorRow{ErrorCode::not_multiple, "not_multiple", "is not a multiple of {}", "Round it.", false, 0},
    ErrorRow{ErrorCode::too_short, "too_short", "is shorter than {} characters", "Send a longer string.", false, 0},
    ErrorRow{ErrorCode::too_long, "too_long", "is longer than {} characters", "Send a shorter string.", false, 0},
    ErrorRow{ErrorCode::pattern_mismatch, "pattern_mismatch", "does not match the pattern {}", "See the definition's pattern.", false, 0},
    ErrorRow{ErrorCode::format_mismatch, "format_mismatch", "is not a valid {}", "See the format's specification.", false, 0},
    ErrorRow{ErrorCode::too_few_items, "too_few_items", "has fewer than {} items", "Send more items.", false, 0},
    ErrorRow{ErrorCode::too_many_items, "too_many_items", "has more than {} items", "Send fewer items.", false, 0},
    ErrorRow{ErrorCode::items_not_unique, "items_not_unique", "has the same item twice", "Send each item once.", false, 0},
    ErrorRow{ErrorCode::too_few_properties, "too_few_properties", "has fewer than {} properties", "Send more properties.", false, 0},
    ErrorRow{ErrorCode::too_many_properties, "too_many_properties", "has more than {} properties", "Send fewer properties.", false, 0},
    ErrorRow{ErrorCode::required_missing, "required_missing", "lacks the required property {}", "Add the property.", false, 0},
    ErrorRow{ErrorCode::property_unknown, "property_unknown", "is not a declared property", "Remove it, or declare it.", false, 0},
    ErrorRow{ErrorCode::variant_unknown, "variant_unknown", "is none of the declared variants", "Check the discriminator's value.", false, 0},
    ErrorRow{ErrorCode::value_forbidden, "value_forbidden", "must not be here", "Remove it.", false, 0},
    ErrorRow{ErrorCode::frame_malformed, "frame_malformed", "The frame does not have the documented form.", "See docs/protocol.md.", false, 4500},
    ErrorRow{ErrorCode::frame_unknown, "frame_unknown", "The frame type {} is unknown.", "See docs/protocol.md; check the protocol version.", false, 4501},
    ErrorRow{ErrorCode::frame_too_large, "frame_too_large", "The message is larger than {} bytes.", "Send less at once.", false, 1009},
    ErrorRow{ErrorCode::batch_too_large, "batch_too_large", "The message holds more than {} frames.", "Split the batch.", false, 4502},
    ErrorRow{ErrorCode::hello_required, "hello_required", "HELLO must be the first frame.", "Send HELLO first.", false, 4503},
    ErrorRow{ErrorCode::hello_repeated, "hello_repeated", "HELLO was sent twice.", "Send HELLO once per connection.", false, 4504},
    ErrorRow{ErrorCode::hello_timeout, "hello_timeout", "No HELLO within {} ms.", "Send HELLO as soon as the connection is open.", true, 4000},
    ErrorRow{ErrorCode::version_unsupported, "version_unsupported", "This server does not speak protocol version {}.", "Update the client or the server.", false, 4505},
    ErrorRow{ErrorCode::binary_unsupported, "binary_unsupported", "Binary messages are not used here.", "Send text frames.", false, 1003},
    ErrorRow{ErrorCode::ping_timeout, "ping_timeout", "Nothing was heard for too long.", "Reconnect.", true, 4001},
    ErrorRow{ErrorCode::slow_consumer, "slow_consumer", "The connection reads too slowly.", "Reconnect; subscribe to less.", true, 4002},
    ErrorRow{ErrorCode::catalogue_changed, "catalogue_changed", "The definitions have changed.", "Reconnect to receive the new ones.", true, 4003},
    ErrorRow{ErrorCode::draining, "draining", "The server is going away.", "Reconnect after the given time.", true, 1012},
    ErrorRow{ErrorCode::replaced, "replaced", "The session goes on in another connection.", "Nothing: the newer connection serves.", false, 4506},
    ErrorRow{ErrorCode::server_full, "server_full", "The server has no room for another connection.", "Try again later.", true, 1013},
    ErrorRow{ErrorCode::control_flood, "control_flood", "Too many control frames.", "Send fewer pings.", false, 1008},
    ErrorRow{ErrorCode::unauthorized, "unauthorized", "The identity was not accepted: {}", "Sign in again.", false, 4507},
    ErrorRow{ErrorCode::forbidden, "forbidden", "You may not do this: {}", "Ask for the right that the message names.", false, 0},
    ErrorRow{ErrorCode::name_invalid, "name_invalid", "The name is not valid: 1 to 128 of A-Z a-z 0-9 _ - . : @ ~", "Choose another name.", false, 0},
    ErrorRow{ErrorCode::room_unknown, "room_unknown", "There is no room {}.", "Check the id; listRooms shows what exists.", false, 0},
    ErrorRow{ErrorCode::room_full, "room_full", "The room is full: it holds {} members.", "Try again when somebody has left.", true, 0},
    ErrorRow{ErrorCode::room_exists, "room_exists", "A room of this id exists already.", "Choose another id, or use that room.", false, 0},
    ErrorRow{ErrorCode::room_deleted, "room_deleted", "The room was deleted.", "Join another room.", false, 0},
    ErrorRow{ErrorCode::not_joined, "not_joined", "You are not a member of this room.", "Join it first.", false, 0},
    ErrorRow{ErrorCode::already_joined, "already_joined", "You are a member of this room already.", "Use the membership that you have.", false, 0},
    ErrorRow{ErrorCode::too_many_rooms, "too_many_rooms", "A connection may be in {} rooms at once.", "Leave a room first.", false, 0},
    ErrorRow{ErrorCode::event_unknown, "event_unknown", "There is no event {}.", "Check the name, or update the definitions.", false, 0},
    ErrorRow{ErrorCode::event_not_allowed, "event_not_allowed", "The room does not list the event {}.", "Add the event to the room's definition.", false, 0},
    ErrorRow{ErrorCode::payload_too_large, "payload_too_large", "The payload is larger than {} bytes.", "Send less at once.", false, 0},
    ErrorRow{ErrorCode::request_invalid, "request_invalid", "The request does not have the documented form: {}", "See docs/protocol.md.", false, 0},
    ErrorRow{ErrorCode::not_supported, "not_supported", "This server does not support {}.", "Check the capabilities in WELCOME.", false, 0},
    ErrorRow{ErrorCode::rate_limited, "rate_limited", "Too many at once.", "Wait for retryAfterMs.", true, 0},
    ErrorRow{ErrorCode::denied_by_hook, "denied_by_hook", "The application refused: {}", "See the reason.", false, 0},
    ErrorRow{ErrorCode::internal, "internal", "The server failed to handle this.", "Try again; tell the operator if it stays.", true, 0},
    ErrorRow{ErrorCode::producer_unknown, "producer_unknown", "The server does not know this producer.", "Reconnect; the outcome of unanswered publications is unknown.", false, 0},
    ErrorRow{ErrorCode::producer_hole, "producer_hole", "The publication {} was expected first.", "Send the missing ones, then this one again.", true, 0},
    ErrorRow{ErrorCode::producer_in_flight, "producer_in_flight", "More than {} publications are unanswered.", "Wait for acknowledgements.", true, 0},
    ErrorRow{ErrorCode::producer_conflict, "producer_conflict", "This number was used for another publication.", "Never reuse a number for other content.", false, 0},
    ErrorRow{ErrorCode::closed, "closed", "The client was closed.", "Create a new client.", false, 0},
    ErrorRow{ErrorCode::connection_lost, "connection_lost", "The connection was lost.", "Wait: the client reconnects by itself.", true, 0},
    ErrorRow{ErrorCode::outcome_unknown, "outcome_unknown", "The server restarted before it answered; the event may or may not have been published.", "Check the room's history before sending it again.", false, 0},
    ErrorRow{ErrorCode::aborted, "aborted", "The caller gave up waiting.", "Nothing: this was asked for.", false, 0},
    ErrorRow{ErrorCode::outbox_full, "outbox_full", "More than {} events wait to be sent.", "Wait for client.pending to fall.", true, 0},
    ErrorRow{ErrorCode::not_left_yet, "not_left_yet", "The room is being left.", "Wait for leave() to settle, then join again.", true, 0},
    ErrorRow{ErrorCode::events_missed, "events_missed", "Events were missed: {}", "Load what is missing another way; later events are complete again.", false, 0},
};

/// The row of `code`. Every enumerator has one (a test says so).
[[nodiscard]] constexpr const ErrorRow& error_row(ErrorCode code) {
  for (const ErrorRow& row : kErrors)
    if (row.code == code) return row;
  return kErrors[0];
}

[[nodiscard]] constexpr std::string_view error_name(ErrorCode code) { return error_row(code).name; }

}  // namespace dialogue
