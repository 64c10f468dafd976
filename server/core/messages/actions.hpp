// A shard's decisions: values that loop/ executes, in order. core/ never performs them itself. Values; a SharedBytes may be
// held by many connections and threads, its content never changes.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/log/room_log_types.hpp"
#include "server/core/messages/exchange_messages.hpp"
#include "server/core/messages/handles.hpp"
#include "server/core/messages/hook_question.hpp"
#include "server/core/messages/shard_message.hpp"
#include "server/core/util/on_heap.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::core {

struct SendFrame {
  ConnectionId to;
  SharedBytes text;
  std::uint32_t frames = 1;
};  ///< one frame, or as many with LF between them as make one message; net may pack several into one message
struct SendPing {
  ConnectionId to;
  SharedBytes text;
};  ///< a transport ping where there is one, and the PING frame
struct CloseConnection {
  ConnectionId to;
  std::uint16_t close_code;
  std::string reason;
};  ///< after what was sent before it
struct PostMessage {
  std::uint32_t shard;
  ShardMessage message;
};
enum class LogLevel : std::uint8_t { debug, info, warn, error };
/// Event in snake_case, fields a JSON object.
struct LogLine {
  LogLine(LogLevel its_level, std::string its_event, std::string its_fields, bool swallowed = false)
      : level(its_level), is_swallowed(swallowed), event(std::move(its_event)), fields(std::move(its_fields)) {}

  LogLevel level;
  bool is_swallowed;  ///< exceeds the log's rate for its event; only for consumers that want it (ShardConfig::wants_line)
  std::string event;
  std::string fields;
};

/// Give SendDrained when everything that was sent to this connection has left.
struct AskDrained {
  ConnectionId to;
};
struct OpenLog {
  RoomKey key;
};
struct AppendLogs {
  std::vector<RoomWrite> writes;
};
struct EraseLog {
  RoomKey key;
};
struct DefineRoom {
  KeptRoom room;
};
/// Ask the store (the one for durable rooms, or the one for rooms in memory), and give its answer back by StoreReplied, with
/// the same ticket.
struct StoreRequest {
  std::uint64_t ticket;
  bool durable;
  OnHeap<std::variant<OpenLog, AppendLogs, ReadRange, TrimLog, EraseLog, DefineRoom>> what;
};
/// Have LogMoved posted to this shard whenever the durable log of this room has moved past this position, until UnfollowLog.
struct FollowLog {
  std::uint64_t room;
  OnHeap<RoomKey> key;
  std::uint64_t epoch, seq;
};
struct UnfollowLog {
  std::uint64_t room;
};
/// Send this to the other nodes, if several share the store.
struct TellNodes {
  OnHeap<NodeNews> news;
};
/// Resolve the identity of credentials, and answer once by IdentityResolved, with the same ticket. The token is written nowhere.
struct AskIdentity {
  ConnectionId from;
  std::uint64_t ticket;  ///< of a JOIN with a token of its own; 0: for the session's identity
  OnHeap<IdentityQuestion> question;
};
/// Ask the application, by the HookSource of the question's verb (for a publication that of the middleware `step`), and give the
/// verdict back by HookReplied, with the same ticket.
struct AskHook {
  ConnectionId from;
  std::uint64_t ticket;
  std::size_t step;
  OnHeap<HookQuestion> question;
};
/// Begin to handle a call or a stream, and give what its handler says back by ExchangeReplied, with the same ticket. If nothing
/// handles it, that is handler_unavailable.
struct BeginExchange {
  ConnectionId from;
  std::uint64_t ticket;
  OnHeap<ExchangeQuestion> question;
};
/// To the handler of that ticket. ExchangeEnded is the last.
struct TellExchange {
  std::uint64_t ticket;
  OnHeap<ExchangeNews> news;
};
/// The answer to a call of the application (application_calls.hpp).
struct AnswerCall {
  CallId call;  ///< not 0
  OnHeap<CallResult> result;
};
/// The server cannot continue: log the reason, and end it.
struct GiveUp {
  std::string reason;
};

/// A room of 1,000 members makes 1,000 of them for one publication: they are to be small.
using Action = std::variant<SendFrame, SendPing, CloseConnection, PostMessage, LogLine, AskDrained, StoreRequest, GiveUp,
                            AskIdentity, AskHook, AnswerCall, FollowLog, UnfollowLog, TellNodes, BeginExchange, TellExchange>;
using Actions = std::vector<Action>;
static_assert(sizeof(Action) <= 80);

/// Has `performer` carry out each action, in order: it has a perform() for every kind of Action, or this does not compile.
template <typename Performer>
void perform_each(Actions& actions, Performer& performer) {
  for (Action& action : actions) std::visit([&performer](auto& known) { performer.perform(known); }, action);
}

/// A store's answer to a StoreRequest: to open, append, read and trim, and to erase or define, in this order.
struct StoreResponse {
  std::uint64_t ticket = 0;
  std::variant<RoomOpened, std::vector<StoreStatus>, LogPage, LogTrimmed, StoreStatus> what;
};

}  // namespace dialogue::core
