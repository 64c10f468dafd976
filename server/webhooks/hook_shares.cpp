// The bound is a part of what is free, not of the whole: it shrinks as more users are busy, so that they never fill it up.
#include "server/webhooks/hook_shares.hpp"

#include <algorithm>

namespace dialogue::webhooks {
namespace {

constexpr std::size_t kPartOfUser = 8, kPartOfSession = 16;

}  // namespace

HookShares::HookShares(std::size_t questions_max, std::size_t bytes_max) : free_{questions_max, bytes_max} {}

bool HookShares::is_within(const Holders& holders, const std::string& who, std::size_t bytes, std::size_t part) const {
  const auto found = holders.find(who);
  if (found == holders.end()) return true;
  const Held& held = found->second;
  return held.questions < std::max<std::size_t>(free_.questions / part, 1) && held.bytes + bytes <= free_.bytes / part;
}

bool HookShares::take(const core::HookQuestion& question) {
  const std::string& user = question.identity->user_id;
  const std::size_t bytes = question.payload.size();
  if (free_.questions == 0 || bytes > free_.bytes) return false;
  if (!is_within(of_users_, user, bytes, kPartOfUser)) return false;
  const bool has_session = !question.session_id.empty();
  if (has_session && !is_within(of_sessions_, question.session_id, bytes, kPartOfSession)) return false;
  --free_.questions;
  free_.bytes -= bytes;
  for (Held* held : {&of_users_[user], has_session ? &of_sessions_[question.session_id] : nullptr}) {
    if (held == nullptr) continue;
    ++held->questions;
    held->bytes += bytes;
  }
  return true;
}

void HookShares::give_back(const core::HookQuestion& question) {
  const std::size_t bytes = question.payload.size();
  ++free_.questions;
  free_.bytes += bytes;
  release(of_users_, question.identity->user_id, bytes);
  release(of_sessions_, question.session_id, bytes);
}

void HookShares::release(Holders& holders, const std::string& who, std::size_t bytes) {
  const auto found = holders.find(who);
  if (found == holders.end()) return;
  found->second.bytes -= bytes;
  if (--found->second.questions == 0) holders.erase(found);
}

}  // namespace dialogue::webhooks
