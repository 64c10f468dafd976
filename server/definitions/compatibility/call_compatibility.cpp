// What calls carry is compared as the payloads of events are; here is what else a caller meets.
#include <algorithm>
#include <limits>

#include "server/definitions/compatibility/room_compatibility.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::definitions {
namespace {

class CallComparison {
 public:
  CallComparison(const CallDefinition& before, const CallDefinition& after, std::vector<Change>& out)
      : before_(before), after_(after), where_("call " + after.name), out_(out) {}

  void run() {
    if (before_.kind != after_.kind)
      note(true, Impact::breaks_both, "is a " + kind_name(after_) + " now; it was a " + kind_name(before_) + ".");
    compare_access();
    compare_timeout();
    if (rate_text(before_.rate_limit) != rate_text(after_.rate_limit))
      note(is_tighter(before_.rate_limit, after_.rate_limit), Impact::breaks_publishers,
           "takes " + rate_text(after_.rate_limit, "calls") + " now; it was " + rate_text(before_.rate_limit, "calls") + ".");
    if (before_.is_idempotent != after_.is_idempotent)
      note(before_.is_idempotent, Impact::breaks_publishers,
           after_.is_idempotent ? "is idempotent now." : "is not idempotent now: clients no longer repeat it by themselves.");
  }

 private:
  void note(bool breaks, Impact impact, std::string message) {
    out_.push_back({breaks ? impact : Impact::harmless, where_, std::move(message)});
  }

  static std::string kind_name(const CallDefinition& call) {
    return std::string(kCallKindNames[static_cast<std::size_t>(call.kind)]);
  }

  void compare_access() {
    const std::optional<Grants>&was = before_.access, &is = after_.access;
    const auto sorted = [](std::optional<Grants> grants) {
      if (grants) std::sort(grants->begin(), grants->end());
      return grants;
    };
    if (sorted(was) == sorted(is)) return;
    const auto has = [&is](const std::string& grant) { return std::find(is->begin(), is->end(), grant) != is->end(); };
    const bool fewer = is && !has("*") && !(was && std::all_of(was->begin(), was->end(), has));
    note(fewer, Impact::breaks_publishers, "is granted to " + grants_text(is) + " now; it was " + grants_text(was) + ".");
  }

  void compare_timeout() {
    constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
    const auto longest_ms = [](const CallDefinition& call) {
      return call.timeout_ms != 0 ? call.timeout_ms : call.kind == CallKind::call ? kCallTimeoutMs : kNone;
    };
    const std::uint64_t was = longest_ms(before_), is = longest_ms(after_);
    if (was == is) return;
    const auto text = [](std::uint64_t ms) { return ms == kNone ? "any time" : std::to_string(ms) + " ms"; };
    note(is < was, Impact::breaks_publishers, "may take " + text(is) + " now; it was " + text(was) + ".");
  }

  const CallDefinition &before_, &after_;
  std::string where_;
  std::vector<Change>& out_;
};

}  // namespace

void compare_calls(const Definitions& before, const Definitions& after, std::vector<Change>& out) {
  for (const CallDefinition& was : before.calls)
    for (const CallDefinition& is : after.calls)
      if (was.name == is.name) CallComparison(was, is, out).run();
}

}  // namespace dialogue::definitions
