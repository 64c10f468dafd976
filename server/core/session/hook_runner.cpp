// One guarded call per hook.
#include "server/core/session/hook_runner.hpp"

#include <string>
#include <utility>

#include "server/core/effects/guarded.hpp"
#include "server/core/session/hook_client.hpp"
#include "server/core/util/reason.hpp"

namespace dialogue::core {
namespace {

std::optional<Error> as_fault(bool returned, HookDecision&& decision) {
  if (!returned) return Error{ErrorCode::internal, {}, {}};
  if (decision.denied) return Error{ErrorCode::denied_by_hook, bounded_reason(std::move(*decision.denied)), {}};
  return std::nullopt;
}

}  // namespace

template <typename Call>
bool HookRunner::run(Connection& connection, std::string_view name, const Call& call) const {
  ConnectionHookClient client(context_, connection);
  const bool returned = guarded(context_.effects, name, [&] { call(client); });
  client.carry_out();
  return returned;
}

std::optional<Error> HookRunner::on_connect(Connection& connection) const {
  const auto& hook = context_.config.hooks.on_connect;
  if (!hook) return std::nullopt;
  HookDecision decision;
  const bool returned = run(connection, "on_connect", [&](ConnectionHookClient& client) {
    decision = hook(client);
    if (decision.denied) client.denied(*decision.denied);
  });
  return as_fault(returned, std::move(decision));
}

std::optional<Error> HookRunner::on_join(Connection& connection, std::string_view room_id, HistoryFrom& history_from) const {
  const auto& hook = context_.config.hooks.on_join;
  if (!hook) return std::nullopt;
  HookDecision decision;
  const bool returned = run(connection, "on_join", [&](ConnectionHookClient& client) {
    decision = hook(client, room_id);
    if (decision.denied) client.denied(*decision.denied);
    if (decision.history_from) client.allowed_from(history_from = *decision.history_from);
  });
  return as_fault(returned, std::move(decision));
}

void HookRunner::on_joined(Connection& connection, std::string_view room_id) const {
  const auto& hook = context_.config.hooks.on_joined;
  if (hook) run(connection, "on_joined", [&](HookClient& client) { hook(client, room_id); });
}

void HookRunner::on_leave(Connection& connection, std::string_view room_id) const {
  const auto& hook = context_.config.hooks.on_leave;
  if (hook) run(connection, "on_leave", [&](HookClient& client) { hook(client, room_id); });
}

void HookRunner::on_disconnect(Connection& connection, std::string_view reason) const {
  const auto& hook = context_.config.hooks.on_disconnect;
  if (hook) run(connection, "on_disconnect", [&](HookClient& client) { hook(client, reason); });
}

}  // namespace dialogue::core
