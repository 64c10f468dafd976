// CALL and what follows it, on the side of the connection: access rules, the schemas of values, credit in both directions,
// deadlines, and exactly one RESULT. The handler of a call, which is reached by actions, does its work. Used by its shard only.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "server/core/context/shard_context.hpp"
#include "server/core/effects/exchange_book.hpp"
#include "server/core/exchange/document_question.hpp"
#include "server/core/exchange/heads_question.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::core {

class Exchanges {
 public:
  explicit Exchanges(const ShardContext& context);

  /// A fault ends the connection: a number that is in use. `unreadable` refuses a CALL of which only the number could be read.
  [[nodiscard]] std::optional<Error> call(Connection& connection, const Frame& frame, std::span<char> payload,
                                          const Error* unreadable = nullptr);
  // Frames of an exchange that has ended are ignored: they were sent before its RESULT came.
  void cancel(Connection& connection, const Frame& frame);
  void write(Connection& connection, const Frame& frame, std::span<char> payload, const Error* unreadable = nullptr);
  void grant(Connection& connection, const Frame& frame);
  void finish(Connection& connection, const Frame& frame);
  /// Takes a reply of the handler; ignores it if the exchange has ended.
  void replied(Connection& connection, std::uint64_t ticket, ExchangeReply&& reply);
  /// Ends the connection's streams of heads after its identity has changed, so that what it may see is judged again.
  void end_heads(Connection& connection);
  /// The connection serves no more.
  void end_all(Connection& connection);
  /// Ends what is due. Returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  /// A call's entries in the catalogue.
  struct Entries {
    std::uint32_t answer = 0, write = 0;
  };
  using Due = std::tuple<std::uint64_t, ConnectionId, std::uint64_t>;  ///< deadline, connection, number

  [[nodiscard]] static bool is_built_in(std::uint32_t call) { return call >= kHeadsCall; }
  [[nodiscard]] const CallDefinition& definition_of(std::uint32_t call) const {
    if (call == kHeadsCall) return heads_stream();
    return call == kDocumentCall ? document_stream() : context_.config.definitions.calls[call];
  }
  [[nodiscard]] const CallDefinition& definition_of(const Exchange& exchange) const { return definition_of(exchange.call); }
  /// Returns why a CALL cannot begin; no value: it can. `question` receives the request of a built-in stream.
  [[nodiscard]] std::optional<Error> refusal(Connection& connection, const CallDefinition& definition, std::uint64_t entry,
                                             std::span<char> payload, ExchangeQuestion& question) const;
  /// Counts a CALL against its limit; otherwise, after how many ms it will be allowed.
  [[nodiscard]] std::uint64_t limited_for_ms(Connection& connection, std::uint32_t call, const CallDefinition& definition);
  [[nodiscard]] static Exchange* find(Connection& connection, std::uint64_t number);
  void refuse(Connection& connection, std::uint64_t number, const Error& fault, std::uint64_t retry_after_ms = 0);
  /// Notifies the handler of the reason, and forgets the exchange.
  void end(Connection& connection, std::uint64_t number, ErrorCode code);
  void end_refused(Connection& connection, std::uint64_t number, const Error& fault);
  void result(Connection& connection, std::uint64_t number, Exchange& exchange, ExchangeResult&& result);
  void item(Connection& connection, std::uint64_t number, Exchange& exchange, ExchangeItem&& item);
  /// Whether a handler's value fits; otherwise the log says why not.
  [[nodiscard]] bool is_valid(const Exchange& exchange, std::uint32_t entry, std::string& json) const;

  const ShardContext& context_;
  std::vector<std::uint32_t> call_of_;  ///< by catalogue index: 1 + index in Definitions::calls; 0: none
  std::vector<Entries> entries_;        ///< by index in Definitions::calls
  std::set<Due> due_;
};

}  // namespace dialogue::core
