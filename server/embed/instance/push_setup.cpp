// Notifications: what the settings must be.
#include <dialogue/setup_error.hpp>

#include "server/embed/instance/instance_state.hpp"
#include "server/push/web/endpoint.hpp"
#include "server/push/web/vapid.hpp"

namespace dialogue {

void refuse_bad_push(const Config& config) {
  const push::PushSettings& push = config.push;
  if (!push.is_set()) {
    if (!push.subject.empty() || !push.host.empty())
      throw SetupError(push.subject.empty() ? "push.host" : "push.subject", "no key is set that signs notifications",
                       "Name its file by `push.vapid`.");
    return;
  }
  if (push.vapid.size() > push::kVapidKeysMax)
    throw SetupError("push.vapid", "there are more than " + std::to_string(push::kVapidKeysMax) + " keys",
                     "Remove the oldest ones.");
  if (auto fault = push::fault_of_subject(push.subject)) throw SetupError("push.subject", fault->problem, fault->advice);
  for (const std::string& host : push.host)
    if (auto fault = push::fault_of_push_host(host); !fault.empty())
      throw SetupError("push.host", host + ": " + fault, "Write, for example, push.example.com.");
}

}  // namespace dialogue
