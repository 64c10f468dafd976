// How long connections live, and what ends them: their age or their silence. See verdicts.hpp.
#include <algorithm>

#include "server/doctor/verdict/verdicts.hpp"

namespace dialogue::doctor {
namespace {

constexpr Ms kShortLifeMs = 60'000;  ///< below it, reconnecting is a burden
constexpr Ms kJustMs = 1200;         ///< bytes passed just before: the beat of a busy connection, and some delay
constexpr Ms kSlackMs = 1000;

bool are_near(Ms a, Ms b) { return std::max(a, b) - std::min(a, b) <= std::max(kSlackMs, std::max(a, b) / 5); }

/// What is cut at the same age whether bytes pass or not was too old; one alone is judged by its own last bytes.
bool is_lifetime(const Life& quiet, const Life* busy) {
  if (busy == nullptr || busy->watched_ms == 0) return quiet.quiet_ms <= kJustMs && *quiet.cut_ms > 2 * kJustMs;
  return busy->cut_ms && (!quiet.cut_ms || are_near(*quiet.cut_ms, *busy->cut_ms));
}

Finding ended_by_server(Finding finding, const Life& life) {
  finding.verdict = Verdict::warning;
  finding.found = "the server ended it after " + time_text(*life.cut_ms) + " (" + life.end + "); the proxy is not the cause";
  return finding;
}

Finding survived(Finding finding, const LifeTerms& terms, const Life& quiet) {
  finding.found = "open for " + time_text(quiet.watched_ms) + "; the longest silence was " + time_text(quiet.silence_ms);
  if (quiet.silence_ms + kSlackMs < terms.silence_max_ms)
    finding.found += ". The server may be silent for " + time_text(terms.silence_max_ms) + ": to test that, use --seconds " +
                     std::to_string(terms.silence_max_ms / kMsPerSecond + 10);
  return finding;
}

}  // namespace

std::optional<Finding> judge_life(const LifeTerms& terms, const Life& quiet, const Life* busy) {
  if (quiet.watched_ms == 0) return std::nullopt;
  Finding finding{.check = terms.check, .figures = {{"watchedMs", quiet.watched_ms}, {"silenceMs", quiet.silence_ms}}};
  const bool is_busy_cut = busy != nullptr && busy->cut_ms;
  if (!quiet.cut_ms && !is_busy_cut) return survived(std::move(finding), terms, quiet);
  const Life& first = quiet.cut_ms ? quiet : *busy;
  finding.figures.emplace_back("cutMs", *first.cut_ms);
  if (first.is_ended_by_server) return ended_by_server(std::move(finding), first);
  if (is_lifetime(quiet, busy)) {
    finding.verdict = *first.cut_ms < kShortLifeMs ? Verdict::fault : Verdict::warning;
    finding.found = "cut after " + time_text(*first.cut_ms) + " (" + first.end +
                    "), although bytes had just been sent: a limit on the age of connections";
    finding.fixes = {Fix::lifetime};
    return finding;
  }
  finding.verdict = Verdict::fault;
  finding.figures.emplace_back("quietMs", quiet.quiet_ms);
  finding.found = "cut (" + quiet.end + ") after " + time_text(quiet.quiet_ms) + " without a byte, at an age of " +
                  time_text(*quiet.cut_ms) + ": an idle timeout";
  if (terms.silence_max_ms > 0) finding.found += ". The server is silent for up to " + time_text(terms.silence_max_ms);
  finding.fixes = {terms.idle};
  return finding;
}

}  // namespace dialogue::doctor
