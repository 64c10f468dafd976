// The output of `dialogue top`: answers of the HTTP API as lines of a terminal. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::app {

enum class TopTable : std::uint8_t { connections, events, refusals, nodes };

/// The verdict, the numbers, the cluster if there is one, and the last 15 minutes of events and deliveries as bars.
[[nodiscard]] std::vector<std::string> overview_lines(std::string_view overview, bool has_bars);
/// The nodes of the cluster that an answer of /overview has; without one: that there is one node.
[[nodiscard]] std::vector<std::string> node_lines(std::string_view overview, std::size_t columns_max = std::string::npos);
/// A table's head and its rows. `answer`: of /connections, /top, /refusals or, for nodes, /overview.
/// Cells have `columns_max` columns at most, so that one long name does not push the others away.
[[nodiscard]] std::vector<std::string> table_lines(TopTable table, std::string_view answer,
                                                   std::size_t columns_max = std::string::npos);
/// Cuts to a number of columns; a character counts as one.
[[nodiscard]] std::string cut_to(std::string_view line, std::size_t columns);

}  // namespace dialogue::app
