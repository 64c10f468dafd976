// What an application is asked that may take its time to answer, and what it says. The core asks by an action (AskHook) and goes
// on with other things; the answer comes back as an input. Values.
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

enum class HookVerb : std::uint8_t { connect, join, publish, leave, disconnect };

[[nodiscard]] constexpr std::string_view hook_verb_name(HookVerb verb) {
  constexpr std::array<std::string_view, 5> kNames = {"connect", "join", "publish", "leave", "disconnect"};
  return kNames[static_cast<std::size_t>(verb)];
}

/// The last two verbs are notices, not questions: nobody waits for an answer.
struct HookQuestion {
  HookVerb verb = HookVerb::connect;
  std::shared_ptr<const Identity> identity;  ///< never null
  std::string session_id;
  std::string room_id;                  ///< not for connect and disconnect
  std::string event;                    ///< publish
  std::string payload;                  ///< publish: JSON text, valid by the event's schema
  std::string reason;                   ///< disconnect: why, "closed" by the client, "connection_lost" or an error's name
  PublicationTracePtr trace = nullptr;  ///< publish
};

/// Allowed as it is, unless something is set.
struct HookVerdict {
  /// Other than ok: refused. `denied_by_hook` is final; `hook_unavailable` is not, and clients try again.
  ErrorCode code = ErrorCode::ok;
  std::string reason;                  ///< of a refusal; the client sees it
  std::optional<std::string> payload;  ///< publish: JSON text that takes the place of what was sent; it is checked again
  std::optional<std::string> meta;  ///< connect, join: a JSON object of at most kMetaBytesMax bytes, the identity's from now on

  [[nodiscard]] bool allows() const { return code == ErrorCode::ok; }

  static HookVerdict allow() { return {}; }
  static HookVerdict deny(std::string words) { return {ErrorCode::denied_by_hook, std::move(words), {}, {}}; }
  static HookVerdict replace(std::string json) { return {ErrorCode::ok, {}, std::move(json), {}}; }
};

/// Answers by one call of `done`, at once or later, on any thread. Called on shards' threads, several at once; must not block.
using HookSource = std::function<void(HookQuestion&& question, std::function<void(HookVerdict)> done)>;

}  // namespace dialogue::core
