// Why one user did or did not receive one event: combines the evidence of the room's log and of the user's connections. Claims
// only what the evidence supports. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/audit_trail.hpp"
#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/observation.hpp"

namespace dialogue::api {

enum class DeliveryOutcome : std::uint8_t { delivered, pending, unknown, not_delivered };

[[nodiscard]] std::string_view name_of(DeliveryOutcome answer);

struct DeliveryQuestion {
  std::string room, user;
  std::uint64_t seq = 0;
  core::HistoryQuery::Result log;  ///< with the record of `seq`, if the log has it
  std::vector<core::MemberEvidence> members;
  bool has_more = false;  ///< the user has more connections
  /// When the server began, and when the last ended of the connections that it has forgotten since. 0: never.
  std::uint64_t started_ms = 0, forgotten_ms = 0;
  std::optional<ReceiptRow> receipt{};  ///< of the user, that has the sequence
};

struct ConnectionVerdict {
  std::string session_id;
  bool is_open = false;
  DeliveryOutcome answer{};
  std::string_view reason;
  std::uint64_t epoch = 0;  ///< of the log in which it was last; 0: it is not in the room
  std::uint64_t started = 0, position = 0;
};

struct DeliveryVerdict {
  DeliveryOutcome answer = DeliveryOutcome::unknown;
  std::string_view reason;
  std::string sentence, event;
  std::vector<std::string> evidence, unknown;
  std::vector<ConnectionVerdict> connections;
};

[[nodiscard]] DeliveryVerdict delivery_verdict(const DeliveryQuestion& question);

/// Whether a receipt could add evidence to that of the connections.
[[nodiscard]] bool can_receipt_tell(const DeliveryQuestion& question, const DeliveryVerdict& verdict);

}  // namespace dialogue::api
