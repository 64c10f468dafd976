// An asynchronous question to an application, and the answer. The core sends the question by an action (AskHook) and continues;
// the answer arrives as an input. Values.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/core/messages/publication_trace.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::core {

enum class HookVerb : std::uint8_t { connect, join, publish, leave, disconnect, call };

[[nodiscard]] constexpr std::string_view hook_verb_name(HookVerb verb) {
  constexpr std::array<std::string_view, 6> kNames = {"connect", "join", "publish", "leave", "disconnect", "call"};
  return kNames[static_cast<std::size_t>(verb)];
}

/// `leave` and `disconnect` are notices, not questions: they have no answer. The core does not ask about `call`.
struct HookQuestion {
  HookVerb verb = HookVerb::connect;
  std::shared_ptr<const Identity> identity;  ///< never null
  std::string session_id;                    ///< empty: publish, by an application that acts for the user
  std::string room_id;                       ///< not for connect and disconnect
  std::string event;                         ///< publish
  std::string payload;                       ///< publish: JSON text, valid by the event's schema
  std::string reason;                        ///< disconnect: why, "closed" by the client, "connection_lost" or an error's name
  PublicationTracePtr trace = nullptr;       ///< publish
  bool deletes = false;                      ///< publish: it deletes the key that the payload has
};

/// The first sequence of a room's log that a member may read. Of another epoch's log the member may read everything.
struct HistoryFrom {
  std::uint64_t seq = 1;    ///< what is beyond the head counts as the head's next
  std::uint64_t epoch = 0;  ///< 0: of any epoch
};

/// Of two bounds the later one, of equal ones the one that holds for any epoch.
[[nodiscard]] constexpr HistoryFrom narrower(const HistoryFrom& a, const HistoryFrom& b) {
  if (a.seq != b.seq) return a.seq > b.seq ? a : b;
  return a.epoch == 0 ? a : b;
}

/// Returns the first sequence of a log that may be read by this bound; 0: all.
[[nodiscard]] constexpr std::uint64_t first_readable(const HistoryFrom& from, std::uint64_t epoch, std::uint64_t head) {
  if (from.seq <= 1 || (from.epoch != 0 && from.epoch != epoch)) return 0;
  return from.seq <= head ? from.seq : head + 1;
}

/// Allowed as it is, unless something is set.
struct HookVerdict {
  /// Other than ok: refused. `denied_by_hook` is final; `hook_unavailable` is not, and clients try again.
  ErrorCode code = ErrorCode::ok;
  std::string reason;                  ///< of a refusal; the client sees it
  std::optional<std::string> payload;  ///< publish: JSON text that takes the place of what was sent; it is checked again
  std::optional<std::string> meta;  ///< connect, join: a JSON object of at most kMetaBytesMax bytes, the identity's from now on
  std::optional<HistoryFrom> history_from = std::nullopt;  ///< join: bounds what the member may read

  [[nodiscard]] bool allows() const { return code == ErrorCode::ok; }

  static HookVerdict allow() { return {}; }
  /// A join; the member reads nothing of the log before that.
  static HookVerdict allow_from(HistoryFrom from) {
    HookVerdict verdict;
    verdict.history_from = from;
    return verdict;
  }
  static HookVerdict deny(std::string words) { return {ErrorCode::denied_by_hook, std::move(words), {}, {}}; }
  static HookVerdict replace(std::string json) { return {ErrorCode::ok, {}, std::move(json), {}}; }
};

/// Answers by one call of `done`, immediately or later, on any thread. Called on shards' threads, concurrently; must not block.
using HookSource = std::function<void(HookQuestion&& question, std::function<void(HookVerdict)> done)>;

}  // namespace dialogue::core
