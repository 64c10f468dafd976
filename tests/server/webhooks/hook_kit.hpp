// Questions for tests, and what comes of them on other threads.
#pragma once
#include <catch2/catch.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "server/core/messages/hook_question.hpp"
#include "tests/patience.hpp"
#include "tests/server/http_client/http_backend.hpp"

namespace dialogue::test {

using namespace core;

inline std::shared_ptr<const Identity> ann() {
  Identity identity;
  identity.user_id = "ann";
  identity.name = "Ann \"A\"";
  identity.meta = R"({"role":"admin","team":7})";
  identity.role = "admin";
  return std::make_shared<const Identity>(std::move(identity));
}

inline HookQuestion question(HookVerb verb, std::string text = "1") {
  HookQuestion asked;
  asked.verb = verb;
  asked.identity = ann();
  asked.session_id = "session-1";
  if (verb != HookVerb::connect && verb != HookVerb::disconnect) asked.room_id = "chat";
  if (verb == HookVerb::publish) {
    asked.event = "message";
    asked.payload = R"({"text":")" + text + R"("})";
  }
  if (verb == HookVerb::disconnect) asked.reason = std::move(text);
  return asked;
}

/// The same of another user, on a connection of his own.
inline HookQuestion question_of(const std::string& user, HookVerb verb, std::string text = "1") {
  HookQuestion asked = question(verb, std::move(text));
  Identity identity = *asked.identity;
  identity.user_id = user;
  asked.identity = std::make_shared<const Identity>(std::move(identity));
  asked.session_id = "session of " + user;
  return asked;
}

/// Things that other threads bring, in the order in which they come.
template <typename Thing>
class Arrivals {
 public:
  void add(Thing thing) {
    const std::lock_guard lock(mutex_);
    things_.push_back(std::move(thing));
    came_.notify_all();
  }
  std::vector<Thing> wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, kPatience, [&] { return things_.size() >= count; }))
      FAIL(things_.size() << " came, " << count << " were expected");
    return things_;
  }
  std::vector<Thing> now() {
    const std::lock_guard lock(mutex_);
    return things_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Thing> things_;
};

}  // namespace dialogue::test
