// Limits and middleware: what may be refused now and was not.
#include <algorithm>
#include <array>

#include "server/definitions/compatibility/room_compatibility.hpp"
#include "server/definitions/source/middleware_json.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::definitions {
namespace {

bool is_same(const MiddlewareDefinition& a, const MiddlewareDefinition& b) {
  return a.use == b.use && a.texts == b.texts && a.replacement == b.replacement && a.role == b.role && a.bytes_max == b.bytes_max;
}

bool may_refuse(const MiddlewareDefinition& step) {
  return (step.use == MiddlewareUse::content_filter && !step.replacement) || step.use == MiddlewareUse::required_role ||
         step.use == MiddlewareUse::size_guard;
}

/// Whether all that `step` refuses was refused by `was` already.
bool refuses_no_more(const MiddlewareDefinition& step, const MiddlewareDefinition& was) {
  if (step.use != was.use || was.replacement) return false;
  const auto was_listed = [&](const std::string& text) {
    return std::find(was.texts.begin(), was.texts.end(), text) != was.texts.end();
  };
  return step.role == was.role && step.bytes_max >= was.bytes_max &&
         std::all_of(step.texts.begin(), step.texts.end(), was_listed);
}

void compare_count(const std::optional<std::uint64_t>& was, const std::optional<std::uint64_t>& is, Impact impact,
                   std::string_view unit, std::vector<Change>& out) {
  if (was == is) return;
  const auto text = [&](const std::optional<std::uint64_t>& count) {
    return (count ? std::to_string(*count) : "any number of") + ' ' + std::string(unit);
  };
  const bool tighter = is && (!was || *is < *was);
  out.push_back(
      {tighter ? impact : Impact::harmless, "clientLimits", "a client has " + text(is) + " now; it was " + text(was) + "."});
}

}  // namespace

bool is_tighter(const std::optional<RateLimit>& before, const std::optional<RateLimit>& after) {
  if (!after || !before) return after.has_value();
  const auto rate = [](const RateLimit& limit) {
    return static_cast<double>(limit.max_events) / static_cast<double>(limit.window_ms);
  };
  return after->max_events < before->max_events || rate(*after) < rate(*before);
}

std::string rate_text(const std::optional<RateLimit>& limit, std::string_view unit) {
  if (!limit) return "any number of " + std::string(unit);
  return std::to_string(limit->max_events) + ' ' + std::string(unit) + " in " + std::to_string(limit->window_ms) + " ms";
}

void compare_middleware(const std::vector<MiddlewareDefinition>& before, const std::vector<MiddlewareDefinition>& after,
                        const std::string& where, std::vector<Change>& out) {
  if (std::equal(before.begin(), before.end(), after.begin(), after.end(), is_same)) return;
  bool refuses = false;
  for (const MiddlewareDefinition& step : after) {
    const auto covers = [&](const MiddlewareDefinition& was) { return refuses_no_more(step, was); };
    if (!may_refuse(step) || std::any_of(before.begin(), before.end(), covers)) continue;
    refuses = true;
    out.push_back({Impact::breaks_publishers, where,
                   "has the middleware " + std::string(kMiddlewareUses[static_cast<std::size_t>(step.use)]) +
                       " now, which may refuse what was accepted."});
  }
  if (!refuses) out.push_back({Impact::harmless, where, "has other middleware."});
}

void compare_limits(const Definitions& before, const Definitions& after, std::vector<Change>& out) {
  const auto& was_rate = before.rate_limit_global;
  const auto& is_rate = after.rate_limit_global;
  if (rate_text(was_rate) != rate_text(is_rate))
    out.push_back({is_tighter(was_rate, is_rate) ? Impact::breaks_publishers : Impact::harmless, "rateLimit",
                   "takes " + rate_text(is_rate) + " of all rooms now; it was " + rate_text(was_rate) + "."});
  const ClientLimits &was = before.client_limits, &is = after.client_limits;
  compare_count(was.bytes_per_second, is.bytes_per_second, Impact::breaks_publishers, "bytes in a second", out);
  compare_count(was.joins_per_second, is.joins_per_second, Impact::breaks_both, "joins in a second", out);
  compare_count(was.rooms, is.rooms, Impact::breaks_both, "rooms at once", out);
  const RateLimit usual{kReadRequestsMax, kReadRequestsWindowMs}, was_reads = was.reads.value_or(usual),
                                                                  is_reads = is.reads.value_or(usual);
  if (rate_text(was_reads) != rate_text(is_reads))
    out.push_back({is_tighter(was_reads, is_reads) ? Impact::breaks_readers : Impact::harmless, "clientLimits",
                   "a client's reads: " + rate_text(is_reads) + " now; it was " + rate_text(was_reads) + "."});
  compare_middleware(before.middleware, after.middleware, "middleware", out);
}

}  // namespace dialogue::definitions
