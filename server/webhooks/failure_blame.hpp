// Decides which failures of a hook backend count against the backend, and not against a user's question: one payload that the
// backend fails on must not suspend it, because then no user's questions would be sent. A failed request counts if it has a user
// who caused none of the failures counted before. A value of one thread; holds a user for each failure that counted.
#pragma once
#include <algorithm>
#include <set>
#include <string>

namespace dialogue::webhooks {

class FailureBlame {
 public:
  using Users = std::set<std::string>;

  /// Whether a failed request counts as the backend's failure. `users`: those with questions in it; empty if no question can be
  /// the cause.
  [[nodiscard]] bool counts(const Users& users) {
    if (users.empty()) return true;
    const auto fresh =
        std::find_if(users.begin(), users.end(), [this](const std::string& user) { return !blamed_.contains(user); });
    return fresh != users.end() && blamed_.insert(*fresh).second;
  }
  /// A request was answered, or the backend is suspended.
  void clear() { blamed_.clear(); }

 private:
  Users blamed_;
};

}  // namespace dialogue::webhooks
