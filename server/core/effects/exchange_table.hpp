// Carrying out BeginExchange and TellExchange: the handlers of a shard, by ticket, each until its ExchangeEnded. Used by the
// thread of its shard; as many as the shard has exchanges.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <variant>

#include "server/core/messages/actions.hpp"

namespace dialogue::core {

class ExchangeTable {
 public:
  /// `replied(from, ticket, ExchangeReply)` may be called on any thread, and outlives this.
  template <typename Replied>
  void begin(const ExchangeSource& source, BeginExchange&& asked, const Replied& replied) {
    const auto reply = [replied, from = asked.from, ticket = asked.ticket](ExchangeReply what) {
      replied(from, ticket, std::move(what));
    };
    std::string name = asked.question->name;
    std::shared_ptr<ExchangeHandler> handler;
    if (source) handler = source(std::move(*asked.question), reply);
    if (handler == nullptr) return reply(ExchangeResult{ErrorCode::handler_unavailable, std::move(name), {}, 0});
    handlers_.emplace(asked.ticket, std::move(handler));
  }
  void tell(TellExchange&& tell) {
    const auto found = handlers_.find(tell.ticket);
    if (found == handlers_.end()) return;
    if (!std::holds_alternative<ExchangeEnded>(*tell.news)) return found->second->take(std::move(*tell.news));
    const std::shared_ptr<ExchangeHandler> handler = std::move(found->second);
    handlers_.erase(found);
    handler->take(std::move(*tell.news));
  }
  [[nodiscard]] std::size_t size() const { return handlers_.size(); }

 private:
  std::unordered_map<std::uint64_t, std::shared_ptr<ExchangeHandler>> handlers_;
};

}  // namespace dialogue::core
