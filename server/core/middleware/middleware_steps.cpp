// See middleware_steps.hpp.
#include "server/core/middleware/middleware_steps.hpp"

#include <utility>

#include "server/core/effects/guarded.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

bool is_for(const Middleware& step, const Passage& passage) {
  return step.room.empty() || step.room == passage.room_id || step.room == passage.rules.definition.id;
}

}  // namespace

MiddlewareSteps::Outcome MiddlewareSteps::run(const Passage& passage, std::size_t& step) const {
  const auto& steps = config_.hooks.middleware;
  const std::string_view event = config_.catalogue.event(passage.event).name;
  for (; step < steps.size(); ++step) {
    const Middleware& each = steps[step];
    if (!is_for(each, passage)) continue;
    if (each.ask)
      return {effects_.ask_hook(passage.connection, step,
                                {HookVerb::publish,
                                 passage.identity,
                                 std::string(passage.session_id),
                                 std::string(passage.room_id),
                                 std::string(event),
                                 passage.payload,
                                 {},
                                 passage.trace,
                                 passage.deletes}),
              {}};
    const Draft draft{*passage.identity, passage.session_id, passage.room_id, event, passage.payload, passage.deletes};
    if (auto fault = apply(passage, judge(each, draft))) return {0, std::move(fault)};
  }
  return {};
}

MiddlewareSteps::Outcome MiddlewareSteps::answered(const Passage& passage, std::size_t& step, HookVerdict&& verdict) const {
  if (auto fault = apply(passage, std::move(verdict))) return {0, std::move(fault)};
  ++step;
  return run(passage, step);
}

HookVerdict MiddlewareSteps::judge(const Middleware& step, const Draft& draft) const {
  HookVerdict verdict;
  const bool returned = guarded(effects_, "middleware", [&] {
    verdict = step.judge(draft);
    if (EffectLog* effect_log = effects_.effect_log()) effect_log->screened(effect_log->last_question(), verdict);
  });
  return returned ? std::move(verdict) : HookVerdict{ErrorCode::internal, {}, {}, {}};
}

std::optional<Error> MiddlewareSteps::apply(const Passage& passage, HookVerdict&& verdict) const {
  if (!verdict.allows()) return Error{verdict.code, bounded_reason(std::move(verdict.reason)), {}};
  if (!verdict.payload) return std::nullopt;
  passage.payload = std::move(*verdict.payload);
  const auto fault = check_payload(config_, effects_, passage.event, passage.payload);
  if (!fault) return std::nullopt;
  effects_.log(LogLevel::error, "replacement_refused",
               {{"event_name", config_.catalogue.event(passage.event).name},
                {"code", error_name(fault->code)},
                {"path", fault->path},
                {"session", passage.session_id}});
  return Error{ErrorCode::denied_by_hook, "what the application made of it does not fit the event", {}};
}

}  // namespace dialogue::core
