// See log_erasure.hpp.
#include "server/cluster/log_erasure.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/core/util/time.hpp"
#include "server/core/util/whole_word.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::cluster {
namespace {

bool has_user(const std::vector<core::PresentUser>& users, const std::string& id) {
  return std::any_of(users.begin(), users.end(), [&id](const core::PresentUser& user) { return user.user_id == id; });
}

/// A message is JSON, so the id may have escapes in it.
bool has_id(std::string_view text, const std::string& id) {
  const std::string quoted = json_string(id);
  return core::has_word(text, id) || core::has_word(text, std::string_view(quoted).substr(1, quoted.size() - 2));
}

struct NamesUser {
  const std::string& id;

  bool operator()(const Share& share) const { return has_user(share.users, id) || has_id(share.room, id); }
  bool operator()(const Change& change) const {
    const bool has_left = std::find(change.left.begin(), change.left.end(), id) != change.left.end();
    return has_left || has_user(change.joined, id) || has_id(change.room, id);
  }
  bool operator()(const Claim& claim) const { return has_id(claim.room, id); }
  bool operator()(const Release& release) const { return has_id(release.room, id); }
  bool operator()(const Mail& mail) const { return has_id(mail.text, id); }
  template <typename Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

void LogErasure::begin(std::string user_id, std::uint64_t record_ms, std::uint64_t now_ms, Done done) {
  if (users_.size() >= kUsersMax) return done(false);
  target_ms_ = std::max(target_ms_, record_ms);
  users_.push_back({std::move(user_id), now_ms + kSettleMs, now_ms + kWatchMs, std::move(done)});
}

void LogErasure::saw(const std::string& from, const Entry& entry, std::uint64_t record_ms) {
  if (users_.empty()) return;
  wrote_ms_[from] = record_ms;
  if (std::any_of(users_.begin(), users_.end(), [&](const User& user) { return std::visit(NamesUser{user.id}, entry); }))
    target_ms_ = std::max(target_ms_, record_ms);
}

bool LogErasure::wants_entry_of(const std::string& node) const {
  if (users_.empty() || is_trimmed()) return false;
  const auto wrote = wrote_ms_.find(node);
  return wrote == wrote_ms_.end() || wrote->second <= target_ms_;
}

std::optional<std::uint64_t> LogErasure::next_trim(const std::map<std::string, std::uint64_t>& nodes) {
  if (users_.empty() || is_trimming_ || is_trimmed()) return std::nullopt;
  for (const auto& [node, heard_ms] : nodes)
    if (wants_entry_of(node)) return std::nullopt;
  is_trimming_ = true;
  trimming_ms_ = target_ms_;
  return trimming_ms_ + 1;
}

void LogErasure::trimmed(bool is_done) {
  is_trimming_ = false;
  if (is_done) trimmed_ms_ = std::max(trimmed_ms_, trimming_ms_);
}

std::uint64_t LogErasure::tick(std::uint64_t now_ms) {
  std::uint64_t next_ms = core::kNever;
  std::vector<std::pair<Done, bool>> answers;
  for (User& user : users_) {
    const bool is_over = user.watched_until_ms <= now_ms;
    if (user.done && ((is_trimmed() && user.settled_at_ms <= now_ms) || is_over))
      answers.emplace_back(std::exchange(user.done, {}), is_trimmed());
    if (!is_over) next_ms = std::min(next_ms, user.settled_at_ms > now_ms ? user.settled_at_ms : user.watched_until_ms);
  }
  std::erase_if(users_, [now_ms](const User& user) { return user.watched_until_ms <= now_ms; });
  if (users_.empty()) wrote_ms_.clear();
  for (const auto& [done, is_erased] : answers) done(is_erased);
  return next_ms;
}

void LogErasure::end() {
  for (User& user : std::exchange(users_, {}))
    if (user.done) user.done(false);
  wrote_ms_.clear();
}

}  // namespace dialogue::cluster
