// A connection's report for operators. Pure functions of its shard's state.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "server/core/connection/connection.hpp"
#include "server/core/effects/shard_config.hpp"
#include "server/core/effects/shard_effects.hpp"
#include "server/core/messages/observation.hpp"

namespace dialogue::core {

/// By what a list of open connections is sorted; see sort_value().
[[nodiscard]] std::uint64_t sort_value(const Connection& connection, ConnectionSort sort);
[[nodiscard]] ConnectionState state_of(const Connection& connection, Time now);
/// Returns at most `max` memberships, the oldest first.
[[nodiscard]] std::vector<MembershipState> memberships_of(const Connection& connection, std::size_t max,
                                                          const ShardEffects& effects);
[[nodiscard]] ConnectionDetail detail_of(const Connection& connection, const ShardConfig& config, const ShardEffects& effects);
/// Returns the details of a connection that ends, before it leaves its rooms. `code` is a literal.
[[nodiscard]] ConnectionDetail ended_detail(const Connection& connection, const ShardEffects& effects, Initiator initiator,
                                            std::string_view code);

}  // namespace dialogue::core
