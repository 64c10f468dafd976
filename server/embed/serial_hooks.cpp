// Each answer asks the next: nothing waits on a thread.
#include "server/embed/serial_hooks.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace dialogue {
namespace {

struct Round {
  std::shared_ptr<const std::vector<HookSource>> sources;
  HookQuestion question;
  std::function<void(HookVerdict)> done;
};

void ask(const std::shared_ptr<const Round>& round, std::size_t which, HookVerdict&& before) {
  if (which == round->sources->size() || !before.allows()) return round->done(std::move(before));
  (*round->sources)[which](HookQuestion(round->question), [round, which, meta = std::move(before.meta)](HookVerdict verdict) {
    if (!verdict.meta) verdict.meta = meta;
    ask(round, which + 1, std::move(verdict));
  });
}

}  // namespace

HookSource in_turn(std::vector<HookSource> sources) {
  if (sources.empty()) return {};
  if (sources.size() == 1) return std::move(sources.front());
  return [all = std::make_shared<const std::vector<HookSource>>(std::move(sources))](HookQuestion&& question,
                                                                                     std::function<void(HookVerdict)> done) {
    ask(std::make_shared<const Round>(Round{all, std::move(question), std::move(done)}), 0, HookVerdict::allow());
  };
}

}  // namespace dialogue
