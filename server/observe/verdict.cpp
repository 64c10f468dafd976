// See verdict.hpp. What is over when it is looked at is no longer a reason: a minute is.
#include "server/observe/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dialogue::observe {
namespace {

constexpr std::uint64_t kMinuteMs = 60'000;
constexpr double kBusy = 0.8, kTooBusy = 0.95, kFull = 0.85, kPercent = 100;

/// The oldest sample of the last minute.
const Sample& minute_before(std::span<const Sample> history, const Sample& now) {
  for (const Sample& each : history)
    if (each.unix_ms + kMinuteMs >= now.unix_ms) return each;
  return now;
}

std::uint64_t errors_of(const Sample& sample) {
  return std::accumulate(sample.store_errors.begin(), sample.store_errors.end(), std::uint64_t{0});
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * kPercent)) + " %"; }

std::string counted(std::uint64_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

double memory_share(const Sample& sample) {
  if (sample.memory_limit_bytes == 0) return 0;
  return static_cast<double>(sample.memory_bytes) / static_cast<double>(sample.memory_limit_bytes);
}

}  // namespace

Verdict verdict_on(std::span<const Sample> history, const Sample& now) {
  const Sample& before = minute_before(history, now);
  const double busy = loop_busy(before, now), memory = memory_share(now);
  const auto grew = [&](std::uint64_t Sample::*counter) { return now.*counter - std::min(before.*counter, now.*counter); };
  const std::uint64_t errors = errors_of(now) - std::min(errors_of(before), errors_of(now));
  if (now.is_draining)
    return {"warning", "The server is draining: " + counted(now.connections, "connection is", "connections are") + " left."};
  if (!now.is_store_ready) return {"critical", "The store is not ready: durable events are refused."};
  if (!now.has_lease) return {"critical", "This node has no lease in its cluster: the other nodes may have removed its members."};
  if (errors > 0) return {"critical", "The store failed " + counted(errors, "time", "times") + " in the last minute."};
  if (now.is_audit_failing) return {"critical", "The audit cannot be written: administrative calls are refused."};
  if (memory >= 1) return {"critical", "The memory limit is reached: new connections and events are refused."};
  if (busy >= kTooBusy) return {"critical", "A loop is busy " + percent(busy) + " of the time: deliveries are late."};
  if (now.is_cluster_late) return {"warning", "The store of the cluster answers late or not at all."};
  if (now.is_breaker_open) return {"warning", "Hooks are suspended because the backend failed."};
  if (const std::uint64_t faults = grew(&Sample::server_faults); faults > 0)
    return {"warning",
            counted(faults, "publication was", "publications were") + " refused by the server's fault in the last minute."};
  if (busy >= kBusy) return {"warning", "A loop is busy " + percent(busy) + " of the time."};
  if (memory >= kFull) return {"warning", "Memory is at " + percent(memory) + " of its limit."};
  if (const std::uint64_t dropped = grew(&Sample::dropped); dropped > 0)
    return {"warning",
            counted(dropped, "volatile event was", "volatile events were") + " dropped for slow members in the last minute."};
  if (now.lagging > 0)
    return {"warning", counted(now.lagging, "member lags and reads", "members lag and read") + " from the log."};
  if (const std::uint64_t lost = grew(&Sample::audit_lost); lost > 0)
    return {"warning", counted(lost, "record of the audit was", "records of the audit were") + " lost in the last minute."};
  if (grew(&Sample::log_lines_lost) > 0) return {"warning", "Log lines were lost in the last minute."};
  if (!now.is_reload_good) return {"warning", "The last reload of the settings was refused."};
  const auto [from, to] = rate_window(history, now);
  return {"ok", "Healthy: " + counted(now.connections, "connection", "connections") + ", " +
                    std::to_string(std::llround(per_second(from, to, &Sample::events))) + " events per second."};
}

}  // namespace dialogue::observe
