// Each answer asks the next: nothing waits on a thread.
#include "server/embed/hooks/serial_hooks.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace dialogue {
namespace {

struct Round {
  std::shared_ptr<const std::vector<core::HookSource>> sources;
  core::HookQuestion question;
  std::function<void(core::HookVerdict)> done;
};

void ask(const std::shared_ptr<const Round>& round, std::size_t which, core::HookVerdict&& before) {
  if (which == round->sources->size()) return round->done(std::move(before));
  (*round->sources)[which](core::HookQuestion(round->question),
                           [round, which, meta = std::move(before.meta), from = before.history_from](core::HookVerdict verdict) {
                             if (!verdict.allows()) return round->done(std::move(verdict));
                             if (!verdict.meta) verdict.meta = meta;
                             if (from) verdict.history_from = core::narrower(*from, verdict.history_from.value_or(*from));
                             ask(round, which + 1, std::move(verdict));
                           });
}

}  // namespace

core::HookSource in_turn(std::vector<core::HookSource> sources) {
  if (sources.empty()) return {};
  if (sources.size() == 1) return std::move(sources.front());
  return [all = std::make_shared<const std::vector<core::HookSource>>(std::move(sources))](
             core::HookQuestion&& question, std::function<void(core::HookVerdict)> done) {
    ask(std::make_shared<const Round>(Round{all, std::move(question), std::move(done)}), 0, core::HookVerdict::allow());
  };
}

}  // namespace dialogue
