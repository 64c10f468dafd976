// What a shard and the handler of an exchange say to each other. An exchange is a call or a stream, from the client's CALL to its
// RESULT. Values, but for ExchangeHandler.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/core/access/identity.hpp"
#include "shared/base/errors.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

struct DocumentQuery;

/// The request of the built-in stream of heads, with what its connection may see.
struct HeadsQuestion {
  struct Room {
    std::string id;
    bool is_member = false;          ///< only the connection's membership allows it, and restricts what it may read
    std::uint64_t history_from = 0;  ///< the first sequence that the membership may read
  };
  std::vector<Room> rooms;
  std::vector<std::string> refused;  ///< rooms whose heads it may not see
  std::vector<std::string> events;   ///< that count as unread; empty: all
};

/// A client's CALL, which its sender may send and whose request fits the schema.
struct ExchangeQuestion {
  std::uint32_t call = 0;                             ///< index in Definitions::calls
  std::string name;                                   ///< of the call
  std::shared_ptr<const Identity> identity;           ///< never null
  std::string session_id;                             ///< empty: the caller has no connection
  std::string request;                                ///< JSON text
  std::string key;                                    ///< of an idempotent call that may be repeated; empty: none
  std::string traceparent;                            ///< empty: none
  std::uint64_t timeout_ms = 0;                       ///< to its end; 0: none
  std::uint64_t granted = 0;                          ///< items that may be sent
  std::shared_ptr<DocumentQuery> document = nullptr;  ///< of the built-in stream of documents, which the server handles itself
  std::shared_ptr<HeadsQuestion> heads = nullptr;     ///< of the built-in stream of heads
};

// From the client to the handler.

/// One item of a duplex stream.
struct ExchangeWrite {
  std::string item;  ///< JSON text, by the schema
};
/// The client writes no more.
struct ExchangeFinish {};
/// Items up to this number may be sent; they count from 1.
struct ExchangeGrant {
  std::uint64_t up_to = 0;
};
/// The exchange has ended: by the handler's own result (code ok), or for this reason. Nothing follows, and replies are ignored.
struct ExchangeEnded {
  ErrorCode code = ErrorCode::ok;
};
using ExchangeNews = std::variant<ExchangeWrite, ExchangeFinish, ExchangeGrant, ExchangeEnded>;

// From the handler to the client.

/// The end. `code` ok: `json` is the answer, of a stream ignored. call_failed: `error` is a declared code and `json` its value.
/// Others: `error` is the argument of the code's sentence.
struct ExchangeResult {
  ErrorCode code = ErrorCode::ok;
  std::string error, json;
  std::uint64_t retry_after_ms = 0;  ///< of a retryable code; 0: unknown
};
/// The next item of a stream. More than were granted end it with handler_failed.
struct ExchangeItem {
  std::string json;
};
/// The client of a duplex stream may write items up to this number; before the first one, kStreamWindow.
struct ExchangeAllow {
  std::uint64_t up_to = 0;
};
using ExchangeReply = std::variant<ExchangeResult, ExchangeItem, ExchangeAllow>;

/// Handles one exchange. Called on the thread of the shard that has it, one call at a time; must not block. After ExchangeEnded
/// it is called no more.
class ExchangeHandler {
 public:
  ExchangeHandler() = default;
  ExchangeHandler(const ExchangeHandler&) = delete;
  ExchangeHandler& operator=(const ExchangeHandler&) = delete;
  virtual ~ExchangeHandler() = default;
  virtual void take(ExchangeNews&& news) = 0;
};

/// May be called from any thread, also after the end of the exchange.
using ExchangeReplies = std::function<void(ExchangeReply)>;
/// Begins to handle an exchange. Returns null if nothing handles it; `reply` is not called then. Called on shards' threads,
/// concurrently.
using ExchangeSource = std::function<std::shared_ptr<ExchangeHandler>(ExchangeQuestion&& question, ExchangeReplies reply)>;

}  // namespace dialogue::core
