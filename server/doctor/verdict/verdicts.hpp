// The verdicts on observations: each function makes one finding of one result. Pure.
#pragma once
#include <optional>
#include <vector>

#include "server/doctor/verdict/probe_results.hpp"

namespace dialogue::doctor {

inline constexpr Ms kPromptMs = 1000;  ///< the time limit of immediate data

/// Why a request was answered otherwise than it should, and what to change. `what`: "a poll is answered by".
[[nodiscard]] Finding judge_status(Finding finding, std::string what, const Answer& answer);

/// Judges the address, its certificate and its health. If the first finding is a fault, it is the only one.
[[nodiscard]] std::vector<Finding> judge_address(const AddressResult& result);
[[nodiscard]] Finding judge_http(const AddressResult& result);

[[nodiscard]] Finding judge_websocket(const WebSocketResult& result);
/// `check`: "stream" or "push stream".
[[nodiscard]] Finding judge_stream(const std::string& check, const StreamResult& result);
[[nodiscard]] Finding judge_poll(const PollResult& result);
[[nodiscard]] Finding judge_body(const BodyResult& result);
[[nodiscard]] Finding judge_origin(const OriginResult& result);

/// What judge_life() needs to know about a check.
struct LifeTerms {
  std::string check;
  Ms silence_max_ms = 0;  ///< the longest silence that the server leaves; 0: unknown
  Fix idle = Fix::idle_response;
};
/// Judges a silent connection, `quiet`, beside one over which bytes passed all the time, `busy` (null: there was none). Returns
/// no value if `quiet` was never open.
[[nodiscard]] std::optional<Finding> judge_life(const LifeTerms& terms, const Life& quiet, const Life* busy);

}  // namespace dialogue::doctor
