// A user id holds no line feed, so that it ends the first part of a key.
#include "server/embed/exchange/answer_memory.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dialogue {
namespace {

constexpr std::size_t kWaitsMax = 64;  ///< attempts that wait for one answer
constexpr std::uint64_t kUnansweredKeptMs = 60'000;

std::string user_of(const std::string& key) { return key.substr(0, key.find('\n')); }

}  // namespace

std::string AnswerMemory::key_of(const core::ExchangeQuestion& question) {
  return question.identity->user_id + '\n' + question.name + '\n' + question.key;
}

AnswerMemory::Turn AnswerMemory::begin(const core::ExchangeQuestion& question, core::ExchangeReplies reply) {
  std::optional<core::ExchangeResult> known;
  {
    const std::lock_guard lock(mutex_);
    const std::uint64_t now_ms = now_ms_();
    forget_old(now_ms);
    std::string key = key_of(question);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      std::size_t& of_user = of_user_[question.identity->user_id];
      if (entries_.size() >= kAnswersMax || of_user >= kAnswersOfUserMax || bytes_ + question.request.size() > kAnswerBytesMax) {
        if (of_user == 0) of_user_.erase(question.identity->user_id);
        return Turn::full;
      }
      ++of_user;
      Entry& entry = entries_[key];
      entry.request = question.request;
      entry.waits.push_back(std::move(reply));
      entry.until_ms = now_ms + std::max(question.timeout_ms, kUnansweredKeptMs);
      entry.place = in_order_.insert(in_order_.end(), std::move(key));
      bytes_ += question.request.size();
      return Turn::handle;
    }
    Entry& entry = found->second;
    if (entry.request != question.request) return Turn::conflict;
    if (!entry.result) {
      if (entry.waits.size() >= kWaitsMax) return Turn::full;
      entry.waits.push_back(std::move(reply));
      return Turn::wait;
    }
    known = entry.result;
  }
  reply(std::move(*known));
  return Turn::wait;
}

void AnswerMemory::answered(const core::ExchangeQuestion& question, const core::ExchangeResult& result) {
  std::vector<core::ExchangeReplies> waits;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key_of(question));
    if (found == entries_.end() || found->second.result) return;
    waits = std::move(found->second.waits);
    const bool is_final = result.code == ErrorCode::ok || result.code == ErrorCode::call_failed;
    if (is_final && !found->second.is_erased) {
      found->second.result = result;
      found->second.until_ms = now_ms_() + kAnswerKeptMs;
      bytes_ += result.json.size();
      in_order_.splice(in_order_.end(), in_order_, found->second.place);
    } else {
      forget(found);
    }
  }
  for (const core::ExchangeReplies& reply : waits) reply(result);
}

void AnswerMemory::forget_user(const std::string& user_id) {
  const std::lock_guard lock(mutex_);
  const std::string first = user_id + '\n';
  for (auto entry = entries_.lower_bound(first); entry != entries_.end() && entry->first.starts_with(first);) {
    const auto next = std::next(entry);
    if (entry->second.result)
      forget(entry);
    else
      entry->second.is_erased = true;
    entry = next;
  }
}

void AnswerMemory::forget(Entries::iterator entry) {
  bytes_ -= entry->second.request.size() + (entry->second.result ? entry->second.result->json.size() : 0);
  const auto user = of_user_.find(user_of(entry->first));
  if (--user->second == 0) of_user_.erase(user);
  in_order_.erase(entry->second.place);
  entries_.erase(entry);
}

void AnswerMemory::forget_old(std::uint64_t now_ms) {
  while (!in_order_.empty()) {
    const auto oldest = entries_.find(in_order_.front());
    if (oldest->second.until_ms > now_ms) return;
    forget(oldest);
  }
}

std::size_t AnswerMemory::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace dialogue
