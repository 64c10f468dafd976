// The shared state of the connection side's parts: the shard's settings, its outbox, its random source, its connections and
// their rooms. References only; everything outlives the parts that hold them.
#pragma once
#include "server/core/connection/connection_index.hpp"
#include "server/core/connection/connection_table.hpp"
#include "server/core/connection/fanout.hpp"
#include "server/core/connection/filter_table.hpp"
#include "server/core/connection/queueing.hpp"
#include "server/core/connection/receipt_book.hpp"
#include "server/core/context/outstanding_requests.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/observe/closed_connections.hpp"
#include "server/core/observe/refusal_table.hpp"
#include "server/core/util/seeded_random.hpp"

namespace dialogue::core {

struct ShardContext {
  const ShardConfig& config;
  ShardEffects& effects;
  SeededRandom& random;
  ConnectionTable& connections;
  ConnectionIndex& ready_connections;
  Fanout& fanout;
  OutstandingRequests& requests;
  FilterTable& filters;
  RefusalTable& refusals;
  ClosedConnections& closed;
  ReceiptBook& receipts;

  [[nodiscard]] Address address_of(const Connection& connection) const { return {effects.shard(), connection.id}; }

  /// Sends an answer, which counts as life shown to the client.
  void answer(Connection& connection, SharedBytes text) const {
    connection.last_sent_ms = effects.now().monotonic_ms;
    queue(effects, connection, std::move(text));
  }

  /// Records a refused request of a connection for operators.
  struct Refused {
    std::string_view request;    ///< a literal
    std::string_view room_id{};  ///< empty: of no room
    std::string_view pattern{};  ///< of the room's definition, where that is known
    std::uint32_t event = kNoEvent;
    std::string_view traceparent{};
  };
  void note_refused(Connection& connection, const Refused& refused, const Error& fault) const {
    const std::uint64_t now_ms = effects.now().unix_ms;
    refusals.add(refused.request, fault, refused.pattern, refused.event, now_ms);
    connection.note({DecisionKind::refused, refused.room_id, fault.code, refused.event, 0}, now_ms);
    const std::string_view code = error_name(fault.code), session = connection.session_id;
    if (refused.traceparent.empty())
      return effects.log(LogLevel::info, "refused", {{"request", refused.request}, {"code", code}, {"session", session}});
    const std::string_view trace = trace_id_of(refused.traceparent);
    effects.log(LogLevel::info, "refused",
                {{"request", refused.request}, {"code", code}, {"session", session}, {"trace", trace}});
  }
};

}  // namespace dialogue::core
