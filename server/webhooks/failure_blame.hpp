// Which failures of a hook backend tell of the backend, and not of what somebody asks it: a payload that it fails at must not be
// enough to have it left alone, since nobody's questions would be asked then. A failed request counts where a user of its was the
// reason for none that counted before. A value of one thread; holds a user for each failure that counted.
#pragma once
#include <algorithm>
#include <set>
#include <string>

namespace dialogue::webhooks {

class FailureBlame {
 public:
  using Users = std::set<std::string>;

  /// A request with questions of these users failed; none where no question can be the cause. Whether it counts.
  [[nodiscard]] bool counts(const Users& users) {
    if (users.empty()) return true;
    const auto fresh =
        std::find_if(users.begin(), users.end(), [this](const std::string& user) { return !blamed_.contains(user); });
    return fresh != users.end() && blamed_.insert(*fresh).second;
  }
  /// A request was answered, or the backend is left alone.
  void clear() { blamed_.clear(); }

 private:
  Users blamed_;
};

}  // namespace dialogue::webhooks
