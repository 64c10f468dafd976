// A call with a key continues when its caller is gone: the next attempt asks for its answer.
#include "server/embed/exchange/call_handlers.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <dialogue/setup_error.hpp>
#include "server/embed/exchange/exchange_channel.hpp"

namespace dialogue {
namespace {

/// Waits for the result of a call that continues without its caller.
class Bystander final : public core::ExchangeHandler {
 public:
  void take(core::ExchangeNews&&) override {}
};

}  // namespace

CallHandlers::CallHandlers(const Definitions& definitions, Threw threw, std::function<std::uint64_t()> now_ms)
    : definitions_(definitions), part_(std::make_shared<Part>(std::move(threw), std::move(now_ms))) {
  for (const CallDefinition& call : definitions.calls) part_->is_stream.push_back(call.kind != CallKind::call);
}

void CallHandlers::add(std::string_view name, CallFunction handler) {
  const std::string where = "handle(\"" + std::string(name) + "\")";
  const auto& calls = definitions_.calls;
  if (std::none_of(calls.begin(), calls.end(), [name](const CallDefinition& call) { return call.name == name; }))
    throw SetupError(where, "the definitions have no call or stream of this name", "Check the name, or define it.");
  if (!handler) throw SetupError(where, "the handler is empty", "Pass a function.");
  if (!part_->handlers.emplace(name, std::move(handler)).second)
    throw SetupError(where, "it has a handler already", "Call handle() once for each call.");
}

core::ExchangeSource CallHandlers::source() const {
  return [part = part_](core::ExchangeQuestion&& question, core::ExchangeReplies reply) {
    return question.key.empty() ? part->handle(std::move(question), std::move(reply))
                                : part->handle_once(std::move(question), std::move(reply));
  };
}

void CallHandlers::configure(host::ServerConfig& server_config) {
  if (!definitions_.calls.empty()) server_config.shard.exchanges = source();
}

std::shared_ptr<core::ExchangeHandler> CallHandlers::Part::handle(core::ExchangeQuestion&& question,
                                                                  core::ExchangeReplies reply) {
  const auto found = handlers.find(question.name);
  if (found == handlers.end() && (!backend || is_stream[question.call])) return nullptr;
  if (found == handlers.end()) return backend(std::move(question), std::move(reply));
  const auto channel = std::make_shared<ExchangeChannel>(std::move(question), std::move(reply));
  std::string fault;
  const CallHandle handle(channel);  // to the end, since the last copy ends the call
  try {
    found->second(handle);
    return channel;
  } catch (const CallFailure& failure) {
    channel->end({ErrorCode::call_failed, failure.error, failure.json, 0});
    return channel;
  } catch (const std::exception& error) { fault = error.what(); } catch (...) {
    fault = "an exception that is not a std::exception";
  }
  threw(found->first, fault.c_str());
  channel->end({ErrorCode::handler_failed, {}, {}, 0});
  return channel;
}

std::shared_ptr<core::ExchangeHandler> CallHandlers::Part::handle_once(core::ExchangeQuestion&& question,
                                                                       core::ExchangeReplies reply) {
  if (!handlers.contains(question.name) && !backend) return nullptr;
  switch (memory.begin(question, reply)) {
    case AnswerMemory::Turn::wait:
      break;
    case AnswerMemory::Turn::conflict:
      reply(core::ExchangeResult{ErrorCode::producer_conflict, {}, {}, 0});
      break;
    case AnswerMemory::Turn::full:
      reply(core::ExchangeResult{ErrorCode::rate_limited, {}, {}, 0});
      break;
    case AnswerMemory::Turn::handle: {
      core::ExchangeQuestion asked = question;
      const auto handler = handle(std::move(question), [part = shared_from_this(), asked](const core::ExchangeReply& said) {
        if (const auto* result = std::get_if<core::ExchangeResult>(&said)) part->memory.answered(asked, *result);
      });
      if (handler == nullptr) memory.answered(asked, {ErrorCode::handler_unavailable, asked.name, {}, 0});
      break;
    }
  }
  return std::make_shared<Bystander>();
}

}  // namespace dialogue
