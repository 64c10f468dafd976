// See application_hooks.hpp.
#include "server/embed/hooks/application_hooks.hpp"

#include <exception>
#include <utility>

#include "server/embed/hooks/serial_hooks.hpp"
#include "server/middleware/chain.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

/// One hook for the core out of several of the application's: the first denial decides, and the narrowest bound.
template <typename HookList, typename... Arguments>
HookDecision ask_each(const HookList& hooks, core::HookClient& connection, const Arguments&... arguments) {
  Client client(connection);
  HookDecision all;
  for (const auto& hook : hooks) {
    HookDecision decision = hook(client, arguments...);
    if (decision.denied) return decision;
    if (const auto& from = decision.history_from) all.history_from = core::narrower(*from, all.history_from.value_or(*from));
  }
  return all;
}

/// Calls every hook, also behind one that throws; what the first of them threw is the core's to log.
template <typename HookList>
void notify_each(const HookList& hooks, core::HookClient& connection, std::string_view subject) {
  Client client(connection);
  std::exception_ptr thrown;
  for (const auto& hook : hooks) {
    try {
      hook(client, subject);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

core::Hooks ApplicationHooks::make(const Definitions& definitions, std::shared_ptr<EventListeners> listeners,
                                   std::function<void(const core::LogLine&)> log) const {
  core::Hooks hooks;
  if (!connect.empty()) hooks.on_connect = [this](core::HookClient& client) { return ask_each(connect, client); };
  if (!join.empty())
    hooks.on_join = [this](core::HookClient& client, std::string_view room) { return ask_each(join, client, room); };
  if (!joined.empty())
    hooks.on_joined = [this](core::HookClient& client, std::string_view room) { notify_each(joined, client, room); };
  if (!leave.empty())
    hooks.on_leave = [this](core::HookClient& client, std::string_view room) { notify_each(leave, client, room); };
  if (!disconnect.empty())
    hooks.on_disconnect = [this](core::HookClient& client, std::string_view why) { notify_each(disconnect, client, why); };
  hooks.ask_connect = in_turn(waiting_connect);
  hooks.ask_join = in_turn(waiting_join);
  hooks.middleware = middleware::middleware_chain(definitions, middleware, log);
  hooks.on_event = [listeners = std::move(listeners), log = std::move(log)](const core::Publication& publication) {
    listeners->notify(publication, [&log](const core::Publication& heard, const char* what) {
      log({core::LogLevel::error, "handler_threw",
           JsonText().text("room", heard.room_id).text("event_name", heard.event).text("what", what).take()});
    });
  };
  return hooks;
}

std::function<void(Client&, std::string_view)> notifying_hook(core::HookVerb verb, HookNotifier tell) {
  return [verb, tell = std::move(tell)](const Client& client, std::string_view detail) {
    core::HookQuestion question;
    question.verb = verb;
    question.identity = client.shared_identity();
    question.session_id = client.session_id();
    (verb == core::HookVerb::leave ? question.room_id : question.reason) = detail;
    tell(std::move(question));
  };
}

}  // namespace dialogue
