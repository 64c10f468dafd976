// Publications of one user reach a room in their order, as those of a connection do.
#include "server/core/middleware/acting_publications.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::core {

void ActingPublications::pass(ServerPublish&& publish, const RulesPtr& rules) {
  if (const std::uint64_t wait_ms = limited_for_ms(publish, *rules)) {
    publish.refused = {{ErrorCode::rate_limited, {}, {}}, wait_ms};
    return send_on(std::move(publish));
  }
  if (steps_.empty()) return send_on(std::move(publish));
  Waiting waiting{0, 0, std::move(publish), rules};
  const MiddlewareSteps::Outcome outcome = steps_.run(passage_of(waiting), waiting.step);
  waiting.ticket = outcome.ticket;
  if (outcome.fault) refuse(waiting.publish, *outcome.fault);
  if (waiting.ticket == 0 && !has_earlier(waiting.publish)) return send_on(std::move(waiting.publish));
  const std::size_t bytes = waiting.publish.payload.size();
  if (waiting_.size() >= kActingWaitingMax || waiting_bytes_ + bytes > kActingWaitingBytesMax) {
    refuse(waiting.publish, {ErrorCode::rate_limited, {}, {}});
    return send_on(std::move(waiting.publish));
  }
  waiting_bytes_ += bytes;
  waiting_.push_back(std::move(waiting));
}

void ActingPublications::answered(std::uint64_t ticket, HookVerdict&& verdict) {
  const auto found =
      std::find_if(waiting_.begin(), waiting_.end(), [ticket](const Waiting& each) { return each.ticket == ticket; });
  if (found == waiting_.end()) return;
  end_step(found->publish.trace, PublicationStep::hooks, verdict.code);
  const std::size_t bytes_before = found->publish.payload.size();
  const MiddlewareSteps::Outcome outcome = steps_.answered(passage_of(*found), found->step, std::move(verdict));
  waiting_bytes_ += found->publish.payload.size() - bytes_before;
  found->ticket = outcome.ticket;
  if (outcome.fault) refuse(found->publish, *outcome.fault);
  if (found->ticket == 0) release(found->publish.room_id, found->publish.from);
}

Passage ActingPublications::passage_of(Waiting& waiting) const {
  ServerPublish& publish = waiting.publish;
  return {.session_id = {},
          .identity = publish.as,
          .room_id = publish.room_id,
          .rules = *waiting.rules,
          .event = *config_.catalogue.find_event(publish.event),
          .payload = publish.payload,
          .deletes = publish.deletes,
          .trace = publish.trace};
}

std::uint64_t ActingPublications::limited_for_ms(const ServerPublish& publish, const RoomRules& rules) {
  if (!Allowance::is_needed(config_.definitions)) return 0;
  const std::uint64_t now_ms = effects_.now().monotonic_ms;
  const auto whole_in_ms = [&](const auto& each) { return each.second.whole_in_ms(config_.definitions, now_ms); };
  if (allowances_.size() >= kActingUsersMax && !allowances_.contains(publish.from)) {
    std::erase_if(allowances_, [&](const auto& each) { return whole_in_ms(each) == 0; });
    if (allowances_.size() >= kActingUsersMax)
      allowances_.erase(std::min_element(allowances_.begin(), allowances_.end(),
                                         [&](const auto& a, const auto& b) { return whole_in_ms(a) < whole_in_ms(b); }));
  }
  return allowances_[publish.from].take(config_.definitions, publish.room_id, rules.rate_limit, publish.payload.size(), now_ms);
}

bool ActingPublications::has_earlier(const ServerPublish& publish) const {
  return std::any_of(waiting_.begin(), waiting_.end(), [&publish](const Waiting& each) {
    return each.publish.room_id == publish.room_id && each.publish.from == publish.from;
  });
}

void ActingPublications::release(const std::string& room_id, const std::string& user_id) {
  const std::string room = room_id, user = user_id;  // of one that is moved away
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    if (each->publish.room_id != room || each->publish.from != user) {
      ++each;
      continue;
    }
    if (each->ticket != 0) return;
    waiting_bytes_ -= each->publish.payload.size();
    send_on(std::move(each->publish));
    each = waiting_.erase(each);
  }
}

void ActingPublications::refuse(ServerPublish& publish, Error fault) {
  const std::uint64_t again_ms = ask_again_ms(fault);
  publish.refused = {std::move(fault), again_ms};
}

void ActingPublications::send_on(ServerPublish&& publish) const {
  publish.as = nullptr;
  effects_.post(effects_.shard(), std::move(publish));
}

}  // namespace dialogue::core
