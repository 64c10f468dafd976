// The inputs that are more than numbers, as lines of a recording: written by the Recorder, read by the replay. `write` and `read`
// of one thing stand together: in recording_values.cpp, those of messages in recording_messages.cpp. Pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/replay/format/recording_line.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::replay {

/// How a recording leaves out what is private. Empty functions: nothing is left out.
struct Privacy {
  std::function<std::string(std::string_view payload)> payload;
  std::function<core::PayloadHash(core::PayloadHash hash)> hash;
};

[[nodiscard]] inline std::string payload_of(std::string_view payload, const Privacy& privacy) {
  return privacy.payload ? privacy.payload(payload) : std::string(payload);
}

/// Without the query token: what it led to is recorded.
void write_peer(LineWriter& line, const core::PeerFacts& peer);
[[nodiscard]] core::PeerFacts read_peer(LineReader& line);

void write_answer(LineWriter& line, const core::StoreResponse& answer, const Privacy& privacy);
[[nodiscard]] core::StoreResponse read_answer(LineReader& line);

/// Writes a verdict. Its identity has the claims of its token, by which rooms are judged, but not the token; and a guest's seal
/// only if frames are kept whole.
void write_verdict(LineWriter& line, const core::AuthResult& verdict, bool keeps_seal);
[[nodiscard]] core::AuthResult read_verdict(LineReader& line);

void write_hook_verdict(LineWriter& line, const core::HookVerdict& verdict, const Privacy& privacy);
[[nodiscard]] core::HookVerdict read_hook_verdict(LineReader& line);

void write_exchange_reply(LineWriter& line, const core::ExchangeReply& reply, const Privacy& privacy);
[[nodiscard]] core::ExchangeReply read_exchange_reply(LineReader& line);

/// Policies only: a replay has the schemas in the catalogue.
void write_call(LineWriter& line, const CallDefinition& call);
[[nodiscard]] CallDefinition read_call(LineReader& line);

/// Without the schema of its states, which is in the catalogue, and middleware, whose verdicts are recorded.
void write_room(LineWriter& line, const RoomDefinition& room);
[[nodiscard]] RoomDefinition read_room(LineReader& line);

void write_rate_limit(LineWriter& line, const std::optional<RateLimit>& limit);
[[nodiscard]] std::optional<RateLimit> read_rate_limit(LineReader& line);

/// A message of the embedding program: its name in recordings, empty for messages that only shards send.
[[nodiscard]] std::string_view application_message_name(const core::ShardMessageBody& body);
void write_message(LineWriter& line, const core::ShardMessageBody& body, const Privacy& privacy);
/// Reads a message; returns no value if application_message_name() has no such `name`.
[[nodiscard]] std::optional<core::ShardMessageBody> read_message(std::string_view name, LineReader& line);

}  // namespace dialogue::replay
