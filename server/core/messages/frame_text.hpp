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

namespace dialogue {

/// The code's sentence with its argument filled in.
[[nodiscard]] std::string error_message(ErrorCode code, std::string_view argument);

struct WelcomeText {
  std::uint64_t fingerprint = 0, ping_ms = 0, server_time_ms = 0, producer_epoch = 0;
  std::string_view object;
};
[[nodiscard]] SharedBytes welcome_frame(const WelcomeText& welcome);

struct JoinedText {
  std::uint64_t req = 0, room = 0, epoch = 0, base = 0, head = 0;
  bool recovered = true;
  std::string_view object;
};
[[nodiscard]] SharedBytes joined_frame(const JoinedText& joined);
[[nodiscard]] SharedBytes left_frame(std::uint64_t req, std::uint64_t room, ErrorCode code);

/// `event` is a catalogue index; the wire has it plus 1.
[[nodiscard]] SharedBytes event_frame(std::uint64_t room, std::uint32_t event, const Position& position, std::string_view from,
                                      std::string_view payload);
[[nodiscard]] SharedBytes skip_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq);
[[nodiscard]] SharedBytes gap_frame(std::uint64_t room, std::uint64_t from_seq, std::uint64_t to_seq, ErrorCode code);
/// ACK or NACK, as the answer's code says.
[[nodiscard]] SharedBytes publish_answer_frame(const PublishResponse& answer);
/// REPLY with code 0 and a result.
[[nodiscard]] SharedBytes reply_frame(std::uint64_t req, std::string_view result);
/// REPLY with a code, and after how long asking again can help; 0: that is not said.
[[nodiscard]] SharedBytes refusal_frame(std::uint64_t req, const Error& fault, std::uint64_t retry_after_ms = 0);
/// `lasts_ms` of the token that is in force from here on.
[[nodiscard]] SharedBytes token_frame(std::uint64_t req, std::uint64_t lasts_ms);
[[nodiscard]] SharedBytes renew_frame(std::uint64_t room);
[[nodiscard]] SharedBytes presence_frame(std::uint64_t room, std::uint64_t clock, std::string_view object);
[[nodiscard]] SharedBytes ping_frame(std::uint64_t server_time_ms);
[[nodiscard]] SharedBytes bye_frame(const Error& fault, std::uint64_t retry_after_ms);

}  // namespace dialogue
