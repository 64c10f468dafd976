// Whether one user may be the cause of all failures in a row: somebody whose questions are in each request that failed. Then the
// backend is not left alone for everybody's questions, as a payload that it fails at would be enough to get past it.
// A value of one thread; holds at most the users of one request.
#pragma once
#include <set>
#include <string>
#include <utility>

namespace dialogue {

class FailureBlame {
 public:
  using Users = std::set<std::string>;

  /// A request with questions of these users failed; none where no question can be the cause. True when at least one user was in
  /// all of them since the last success.
  bool failed(Users users) {
    if (!std::exchange(has_failed_, true))
      in_all_ = std::move(users);
    else
      std::erase_if(in_all_, [&users](const std::string& user) { return !users.contains(user); });
    return !in_all_.empty();
  }
  void succeeded() {
    has_failed_ = false;
    in_all_.clear();
  }

 private:
  bool has_failed_ = false;
  Users in_all_;
};

}  // namespace dialogue
