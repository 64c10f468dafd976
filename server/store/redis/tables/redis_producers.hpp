// A producer's row in Redis: what is expected, when it was used, and its receipts. Pure.
#pragma once
#include <string>
#include <string_view>

#include "server/core/log/room_log_types.hpp"
#include "server/store/encoding/producer_rows.hpp"

namespace dialogue::store {

[[nodiscard]] std::string producer_row(const core::ProducerState& producer);

/// Adds it to what is known. One that cannot be read makes all of it damaged.
void add_producer_row(ProducerRows& rows, std::string key, std::string_view row);

}  // namespace dialogue::store
