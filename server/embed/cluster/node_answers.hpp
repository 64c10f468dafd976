// What nodes answer each other: which calls every node answers, their results as texts, and how results are put together. Pure
// functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/messages/application_calls.hpp"

namespace dialogue {

inline constexpr std::string_view kNodeAnswer = "node_answer";  ///< the name of the line

/// `none`: each node is asked for itself. `notified`: every node does it, and none answers. `asked`: each of them answers.
enum class NodeScope : std::uint8_t { none, notified, asked };
[[nodiscard]] NodeScope node_scope(const core::ApplicationCall& call);

/// The line with the result of the question `ticket`. A result that is none of those, or an error, is a line without one.
[[nodiscard]] std::string node_answer_text(std::uint64_t ticket, const core::CallResult& result);

struct NodeAnswer {
  std::uint64_t ticket = 0;
  std::optional<core::CallResult> result;  ///< nothing: the node could not answer
};
/// Reads the line of an answer; returns no value for any other line.
[[nodiscard]] std::optional<NodeAnswer> read_node_answer(std::string_view text);

/// Adds the result of the node `from` to that of this node. Returns false, and changes nothing, for a result of another kind or
/// of a node that was too busy.
[[nodiscard]] bool add_node_result(core::CallResult& all, core::CallResult&& result, const std::string& from);
/// Sorts and cuts the combined result as the call requested.
void finish_node_result(core::CallResult& all, const core::ApplicationCall& call);

}  // namespace dialogue
