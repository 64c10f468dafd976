// The verdicts on observations: each function makes one finding of one trial. Pure.
#pragma once
#include <optional>
#include <vector>

#include "server/doctor/verdict/trials.hpp"

namespace dialogue::doctor {

inline constexpr Ms kPromptMs = 1000;  ///< the time limit of immediate data

/// Why a request was answered otherwise than it should, and what to change. `what`: "a poll is answered by".
[[nodiscard]] Finding judge_status(Finding finding, std::string what, const Answer& answer);

/// The address, its certificate and its health; the first finding, and where it is a fault the only one.
[[nodiscard]] std::vector<Finding> judge_address(const AddressTrial& trial);
[[nodiscard]] Finding judge_http(const AddressTrial& trial);

[[nodiscard]] Finding judge_websocket(const WebSocketTrial& trial);
/// `check`: "stream" or "push stream".
[[nodiscard]] Finding judge_stream(const std::string& check, const StreamTrial& trial);
[[nodiscard]] Finding judge_poll(const PollTrial& trial);
[[nodiscard]] Finding judge_body(const BodyTrial& trial);
[[nodiscard]] Finding judge_origin(const OriginTrial& trial);

/// A connection that was silent, and beside it one over which bytes passed all the time (none: `busy` is null). Nothing where
/// none was open. `silence_max_ms`: the longest silence that the server leaves; 0: unknown.
struct LifeTerms {
  std::string check;
  Ms silence_max_ms = 0;
  Remedy idle = Remedy::idle_response;
};
[[nodiscard]] std::optional<Finding> judge_life(const LifeTerms& terms, const Life& quiet, const Life* busy);

}  // namespace dialogue::doctor
