// Findings as people and as programs read them. Pure.
#pragma once
#include <span>
#include <string>

#include "server/doctor/verdict/finding.hpp"

namespace dialogue::doctor {

/// A line for each finding, below it what to change.
[[nodiscard]] std::string report_text(std::span<const Finding> findings);
/// {"url","faults","warnings","findings":[{"check","verdict","found","figures":{},"advice":[{"aim","nginx":[],"haproxy":[]}]}]}
[[nodiscard]] std::string report_json(const std::string& url, std::span<const Finding> findings);
[[nodiscard]] std::size_t count_of(std::span<const Finding> findings, Verdict verdict);

}  // namespace dialogue::doctor
