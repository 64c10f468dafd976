// The inputs that are more than numbers, as lines of a recording: written by the Recorder, read by the replay. `write` and `read`
// of one thing stand together in recording_values.cpp. Pure functions.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "server/core/access/identity.hpp"
#include "server/core/messages/actions.hpp"
#include "server/replay/recording_line.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// How a recording leaves out what is private. Empty functions: nothing is left out.
struct Privacy {
  std::function<std::string(std::string_view payload)> payload;
  std::function<PayloadHash(PayloadHash hash)> hash;
};

/// Without the query token: what it led to is recorded.
void write_peer(LineWriter& line, const PeerFacts& peer);
[[nodiscard]] PeerFacts read_peer(LineReader& line);

void write_answer(LineWriter& line, const StoreResponse& answer, const Privacy& privacy);
[[nodiscard]] StoreResponse read_answer(LineReader& line);

/// With the claims of a token, by which rooms are judged, and without the token. A guest's seal only where frames are kept whole.
void write_verdict(LineWriter& line, const AuthResult& verdict, bool keeps_seal);
[[nodiscard]] AuthResult read_verdict(LineReader& line);

void write_hook_verdict(LineWriter& line, const HookVerdict& verdict, const Privacy& privacy);
[[nodiscard]] HookVerdict read_hook_verdict(LineReader& line);

void write_room(LineWriter& line, const RoomDefinition& room);
[[nodiscard]] RoomDefinition read_room(LineReader& line);

void write_rate_limit(LineWriter& line, const std::optional<RateLimit>& limit);
[[nodiscard]] std::optional<RateLimit> read_rate_limit(LineReader& line);

/// A letter of the embedding program: its name in recordings, empty for letters that only shards send.
[[nodiscard]] std::string_view application_letter_name(const ShardMessageBody& letter);
void write_letter(LineWriter& line, const ShardMessageBody& letter, const Privacy& privacy);
/// Takes the place of the letter's `done`.
using Done = std::function<void()>;
/// Nothing when `name` is none of application_letter_name().
[[nodiscard]] std::optional<ShardMessageBody> read_letter(std::string_view name, LineReader& line, const Done& done);

}  // namespace dialogue
