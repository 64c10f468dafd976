// See login_throttle.hpp.
#include "apps/chat/domain/login_throttle.hpp"

#include <algorithm>

namespace chat {
namespace {

std::string key_of(const std::string& account, const std::string& address) { return account + '\n' + address; }

std::uint64_t wait_after(std::uint32_t failures) {
  if (failures < LoginThrottle::kFreeFailures) return 0;
  const std::uint32_t doublings = std::min<std::uint32_t>(failures - LoginThrottle::kFreeFailures, 16);
  return std::min<std::uint64_t>(std::uint64_t{1} << doublings, LoginThrottle::kWaitMaxS);
}

}  // namespace

std::uint64_t LoginThrottle::wait_s(const std::string& account, const std::string& address, std::uint64_t now_s) const {
  const auto found = by_key_.find(key_of(account, address));
  if (found == by_key_.end() || now_s >= found->second->last_s + kForgetS) return 0;
  const std::uint64_t until = found->second->last_s + wait_after(found->second->failures);
  return until > now_s ? until - now_s : 0;
}

void LoginThrottle::failed(const std::string& account, const std::string& address, std::uint64_t now_s) {
  const std::string key = key_of(account, address);
  Entry entry{key, 0, now_s};
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    if (now_s < found->second->last_s + kForgetS) entry.failures = found->second->failures;
    entries_.erase(found->second);
    by_key_.erase(found);
  }
  ++entry.failures;
  if (entries_.size() >= kEntriesMax) {
    by_key_.erase(entries_.front().key);
    entries_.pop_front();
  }
  entries_.push_back(entry);
  by_key_[key] = std::prev(entries_.end());
}

void LoginThrottle::succeeded(const std::string& account, const std::string& address) {
  const auto found = by_key_.find(key_of(account, address));
  if (found == by_key_.end()) return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

}  // namespace chat
