// Hooks and middleware of an instance, set before it listens.
#include <dialogue/instance.hpp>

#include <functional>
#include <string_view>
#include <utility>

#include "server/embed/instance/instance_state.hpp"

namespace dialogue {
namespace {

/// Notifies the source, whatever it answers.
HookNotifier unanswered(core::HookSource source) {
  return [source = std::move(source)](core::HookQuestion question) { source(std::move(question), [](const HookVerdict&) {}); };
}

}  // namespace

void Instance::add_connect_hook(std::function<HookDecision(Client&)> hook) {
  state_->refuse_late_hook("on_connect");
  state_->hooks.connect.push_back(std::move(hook));
}

void Instance::add_join_hook(std::function<HookDecision(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_join");
  state_->hooks.join.push_back(std::move(hook));
}

void Instance::on_connect(AsyncHook hook) {
  state_->refuse_late_hook("on_connect");
  state_->hooks.waiting_connect.push_back(std::move(hook.source));
}

void Instance::on_join(AsyncHook hook) {
  state_->refuse_late_hook("on_join");
  state_->hooks.waiting_join.push_back(std::move(hook.source));
}

void Instance::on_leave(AsyncHook hook) { on_leave(notifying_hook(HookVerb::leave, unanswered(std::move(hook.source)))); }

void Instance::on_disconnect(AsyncHook hook) {
  on_disconnect(notifying_hook(HookVerb::disconnect, unanswered(std::move(hook.source))));
}

void Instance::add_middleware(core::Middleware step) {
  state_->refuse_late_hook("use");
  state_->hooks.middleware.push_back(std::move(step));
}

void Instance::handle(std::string_view name, CallFunction handler) {
  state_->refuse_late_hook("handle");
  state_->call_handlers->add(name, std::move(handler));
}

std::function<void(const char*)> Instance::call_threw(std::string_view name) const { return state_->call_handlers->threw(name); }

void Instance::on_joined(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_joined");
  state_->hooks.joined.push_back(std::move(hook));
}

void Instance::on_leave(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_leave");
  state_->hooks.leave.push_back(std::move(hook));
}

void Instance::on_disconnect(std::function<void(Client&, std::string_view)> hook) {
  state_->refuse_late_hook("on_disconnect");
  state_->hooks.disconnect.push_back(std::move(hook));
}

void Instance::add_route(std::string_view method, std::string_view path,
                         std::function<RouteResponse(const RouteRequest&)> handler, RouteOptions options) {
  state_->refuse_late_hook("route");
  state_->routes->add({std::string(method), std::string(path), {}, std::move(handler), std::move(options)});
}

void Instance::route(std::string_view method, std::string_view path, AsyncRoute handler, RouteOptions options) {
  state_->refuse_late_hook("route");
  state_->routes->add({std::string(method), std::string(path), {}, std::move(handler.source), std::move(options)});
}

void Instance::route(std::string_view method, std::string_view path, StreamRoute handler, RouteOptions options) {
  state_->refuse_late_hook("route");
  state_->routes->add({std::string(method), std::string(path), {}, std::move(handler.source), std::move(options)});
}

}  // namespace dialogue
