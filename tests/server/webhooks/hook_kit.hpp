// Questions for tests.
#pragma once
#include <memory>
#include <string>
#include <utility>

#include "server/core/hook_question.hpp"

namespace dialogue::test {

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

}  // namespace dialogue::test
