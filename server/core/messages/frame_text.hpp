// Every frame that the server sends, as text ready to share. docs/protocol.md has the forms.
// Pure functions; the result never changes and may be held by many connections.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/messages/handles.hpp"
#include "server/core/messages/shard_message.hpp"
#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::core {

/// The code's sentence with its argument filled in.
[[nodiscard]] std::string error_message(ErrorCode code, std::string_view argument);

struct WelcomeText {
  std::uint64_t features = 0, fingerprint = 0, ping_ms = 0, server_time_ms = 0, producer_epoch = 0;
  std::string_view object;
};
[[nodiscard]] SharedBytes welcome_frame(const WelcomeText& welcome);

[[nodiscard]] SharedBytes joined_frame(std::uint64_t req, std::string_view room_id, const Admission& admission);
[[nodiscard]] SharedBytes left_frame(std::uint64_t req, std::uint64_t room, ErrorCode code);

/// The record's event is a catalogue index; the wire has it plus 1. Room 0: an event of no room.
[[nodiscard]] SharedBytes event_frame(std::uint64_t room, const EventRecord& record);
[[nodiscard]] SharedBytes skip_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq);
[[nodiscard]] SharedBytes gap_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq, ErrorCode code);
/// ACK or NACK, as the answer's code says.
[[nodiscard]] SharedBytes publish_answer_frame(const PublishResponse& answer);
/// REPLY with code 0 and a result.
[[nodiscard]] SharedBytes reply_frame(std::uint64_t req, std::string_view result);
/// REPLY with a code, and the time after which a retry can succeed; 0: unknown.
[[nodiscard]] SharedBytes refusal_frame(std::uint64_t req, const Error& fault, std::uint64_t retry_after_ms = 0);
/// `lasts_ms` of the token that is in force from here on.
[[nodiscard]] SharedBytes token_frame(std::uint64_t req, std::uint64_t lasts_ms);
[[nodiscard]] SharedBytes renew_frame(std::uint64_t room);
/// REPLY to HISTORY: the page, or why there is none.
[[nodiscard]] SharedBytes history_frame(const HistoryResponse& history);
/// Appends a member as JOINED and PRESENCE list it.
void append_user(std::string& out, const PresentUser& user);
/// PRESENCE for members that may see presence.
[[nodiscard]] SharedBytes presence_frame(const PresenceChange& change);
/// PRESENCE for members who may see only how many there are.
[[nodiscard]] SharedBytes occupancy_frame(const PresenceChange& change);
/// RESULT of a call or stream, with its answer.
[[nodiscard]] SharedBytes result_frame(std::uint64_t call, std::string_view answer);
/// RESULT with a code; `data` is the JSON of a declared error, which is the fault's argument; empty: none.
[[nodiscard]] SharedBytes result_refusal_frame(std::uint64_t call, const Error& fault, std::string_view data = {},
                                               std::uint64_t retry_after_ms = 0);
[[nodiscard]] SharedBytes item_frame(std::uint64_t call, std::uint64_t number, std::string_view item);
[[nodiscard]] SharedBytes allow_frame(std::uint64_t call, std::uint64_t up_to);
/// WATCHED with a page of states.
[[nodiscard]] SharedBytes watched_frame(std::uint64_t req, std::uint64_t room, std::uint64_t clock, std::string_view page);
/// WATCHED with a code: refuses WATCH or STATE, or ends the watch of `room` (req 0).
[[nodiscard]] SharedBytes watch_refusal_frame(std::uint64_t req, std::uint64_t room, const Error& fault,
                                              std::uint64_t retry_after_ms);
/// STATES; clock 0: reports were left out.
[[nodiscard]] SharedBytes states_frame(std::uint64_t room, std::uint64_t clock, std::string_view changes);
[[nodiscard]] SharedBytes ping_frame(std::uint64_t server_time_ms);
[[nodiscard]] SharedBytes bye_frame(const Error& fault, std::uint64_t retry_after_ms);

}  // namespace dialogue::core
