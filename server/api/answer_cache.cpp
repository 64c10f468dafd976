// See answer_cache.hpp.
#include "server/api/answer_cache.hpp"

#include <algorithm>
#include <utility>

namespace dialogue::api {

bool AnswerCache::get(const std::string& asked, std::uint64_t now_ms, Done done, const std::function<void(Done)>& compute) {
  std::string key;
  {
    std::unique_lock lock(mutex_);
    sweep(now_ms);
    key = std::to_string(generation_) + ' ' + asked;
    const auto found = entries_.find(key);
    if (found != entries_.end() && found->second.is_there) {
      HttpResponse answer = found->second.answer;
      lock.unlock();
      done(std::move(answer));
      return true;
    }
    if (found != entries_.end()) {
      if (found->second.waiting.size() >= kAnswerWaitersMax) return false;
      found->second.waiting.push_back(std::move(done));
      return true;
    }
    const auto under_way =
        std::count_if(entries_.begin(), entries_.end(), [](const auto& each) { return !each.second.is_there; });
    if (static_cast<std::size_t>(under_way) >= kAnswersUnderWay || entries_.size() >= kAnswersKept) return false;
    Entry& entry = entries_[key];
    entry.at_ms = now_ms;
    entry.waiting.push_back(std::move(done));
  }
  compute([self = shared_from_this(), key, now_ms](HttpResponse answer) { self->put(key, now_ms, std::move(answer)); });
  return true;
}

void AnswerCache::clear() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  std::erase_if(entries_, [](const auto& each) { return each.second.is_there; });
}

void AnswerCache::put(const std::string& key, std::uint64_t asked_ms, HttpResponse answer) {
  std::vector<Done> waiting;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.at_ms != asked_ms || found->second.is_there) return;
    Entry& entry = found->second;
    waiting.swap(entry.waiting);
    entry.answer = answer;
    entry.is_there = true;
  }
  for (Done& each : waiting) each(answer);
}

void AnswerCache::sweep(std::uint64_t now_ms) {
  std::erase_if(entries_, [now_ms](const auto& each) {
    return each.second.at_ms + (each.second.is_there ? kAnswerFreshMs : kAnswerLostMs) <= now_ms;
  });
}

}  // namespace dialogue::api
