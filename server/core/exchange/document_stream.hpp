// The handler of the built-in stream of a document: asks the room's owner what the client's copy lacks, and sends it in parts as
// the client grants them. The first items have the state vector of the document, {"epoch","seq","v"}; those behind them are
// updates, {"u"}, which a copy with the asked state vector can apply one after the other. Used by its shard's thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "server/core/messages/application_calls.hpp"
#include "server/core/messages/exchange_messages.hpp"

namespace dialogue::core {

/// The maximum of bytes that wait for grants, over all document streams of a shard. One stream may always begin.
inline constexpr std::size_t kDocumentBytesHeldMax = 64 * 1024 * 1024;

class DocumentStream final : public ExchangeHandler, public std::enable_shared_from_this<DocumentStream> {
 public:
  /// Asks the owner of the room; `done` is called on this shard's thread.
  using Ask = std::function<void(DocumentQuery&& query, std::function<void(DocumentQuery::Result&&)> done)>;

  /// `held`: the bytes that all streams of the shard hold.
  DocumentStream(ExchangeReplies reply, std::shared_ptr<std::size_t> held, std::uint64_t granted)
      : reply_(std::move(reply)), held_(std::move(held)), granted_(granted) {}
  ~DocumentStream() override { release(); }

  void begin(const Ask& ask, DocumentQuery query);
  void take(ExchangeNews&& news) override;

 private:
  void on_document(DocumentQuery::Result&& result);
  /// Cuts a result into parts. Returns false if its content does not fit into a part.
  [[nodiscard]] bool cut(const DocumentQuery::Result& result);
  void send();
  [[nodiscard]] std::string vector_item(const std::string& part) const;
  void end(ErrorCode code, std::string argument, std::uint64_t retry_after_ms = 0);
  void release();

  ExchangeReplies reply_;
  std::shared_ptr<std::size_t> held_;
  std::uint64_t granted_, sent_ = 0;
  std::uint64_t epoch_ = 0, seq_ = 0;
  std::deque<std::string> vectors_, updates_;  ///< bytes of the items that are not sent
  std::size_t bytes_ = 0;                      ///< of them
  bool has_document_ = false, is_over_ = false;
};

}  // namespace dialogue::core
