// See action_text.hpp.
#include "server/replay/action_text.hpp"

#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

namespace dialogue::replay {
namespace {

/// In the order of ShardMessageBody's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<core::ShardMessageBody>> kMessageNames = {"deliver",
                                                                                                     "publish",
                                                                                                     "publish_answer",
                                                                                                     "read_log",
                                                                                                     "log_piece",
                                                                                                     "history_answer",
                                                                                                     "history_query",
                                                                                                     "join",
                                                                                                     "join_answer",
                                                                                                     "replace_session",
                                                                                                     "session_replaced",
                                                                                                     "leave",
                                                                                                     "leave_answer",
                                                                                                     "presence_change",
                                                                                                     "room_ended",
                                                                                                     "hook_command",
                                                                                                     "create_room",
                                                                                                     "delete_room",
                                                                                                     "server_publish",
                                                                                                     "rooms_query",
                                                                                                     "connections_query",
                                                                                                     "kick_user",
                                                                                                     "leave_room",
                                                                                                     "collect_rooms",
                                                                                                     "collect_connections",
                                                                                                     "collect_kicked",
                                                                                                     "collect_left",
                                                                                                     "collected",
                                                                                                     "revoke_tokens",
                                                                                                     "collect_revoked",
                                                                                                     "send_event",
                                                                                                     "collect_sent",
                                                                                                     "permission_query",
                                                                                                     "permission_answer",
                                                                                                     "enter_user",
                                                                                                     "user_answer",
                                                                                                     "user_left",
                                                                                                     "users_query",
                                                                                                     "collect_users",
                                                                                                     "members_query",
                                                                                                     "log_grew",
                                                                                                     "delivers_taken",
                                                                                                     "forget_user",
                                                                                                     "observe_query",
                                                                                                     "collect_observed",
                                                                                                     "scan_on",
                                                                                                     "log_moved",
                                                                                                     "volatile_event",
                                                                                                     "other_members",
                                                                                                     "place_verdict",
                                                                                                     "room_made",
                                                                                                     "room_removed",
                                                                                                     "watch_states",
                                                                                                     "states_page",
                                                                                                     "unwatch_states",
                                                                                                     "set_state",
                                                                                                     "state_refused",
                                                                                                     "states_report",
                                                                                                     "states_ended",
                                                                                                     "document_query",
                                                                                                     "compact_document",
                                                                                                     "join_question",
                                                                                                     "join_permitted"};
static_assert(!kMessageNames.back().empty());

constexpr std::array<std::string_view, std::variant_size_v<core::NodeNews>> kNewsNames = {"volatile_event", "members_change",
                                                                                          "place_claim", "place_release"};

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string named(const core::RoomKey& key) { return key.tenant.empty() ? key.room : key.tenant + "/" + key.room; }

struct StoreRequestText {
  std::string operator()(const core::OpenLog& open) const { return "open " + named(open.key); }
  std::string operator()(const core::AppendLogs& append) const {
    std::string text = "append";
    for (const core::RoomWrite& write : append.writes) {
      text += " " + named(write.key);
      if (!write.records.empty()) text += " " + number(write.records.front().seq) + ".." + number(write.records.back().seq);
      if (const std::size_t producers = write.producers.size(); producers > 0) text += " (producers: " + number(producers) + ")";
    }
    return text;
  }
  std::string operator()(const core::ReadRange& range) const {
    return "read " + named(range.key) + (range.backwards ? " back from " : " from ") + number(range.from_seq) + ", at most " +
           number(range.records_max);
  }
  std::string operator()(const core::TrimLog& trim) const {
    return "trim " + named(trim.key) + " before " + number(trim.before_ms) + " ms";
  }
  std::string operator()(const core::EraseLog& erase) const { return "erase " + named(erase.key); }
  std::string operator()(const core::DefineRoom& define) const { return "keep the definition of " + named(define.room.key); }
};

struct ActionText {
  std::string operator()(const core::SendFrame& send) const { return "send " + number(send.to) + " " + *send.text; }
  std::string operator()(const core::SendPing& ping) const { return "ping " + number(ping.to) + " " + *ping.text; }
  std::string operator()(const core::CloseConnection& close) const {
    return "close " + number(close.to) + " with " + number(close.close_code) + (close.reason.empty() ? "" : " " + close.reason);
  }
  std::string operator()(const core::PostMessage& post) const {
    return "post to shard " + number(post.shard) + ": " + std::string(kMessageNames[post.message.body().index()]);
  }
  std::string operator()(const core::LogLine& line) const { return "log " + line.event + " " + line.fields; }
  std::string operator()(const core::AskDrained& ask) const { return "ask when all was sent to " + number(ask.to); }
  std::string operator()(const core::AskIdentity& ask) const {
    if (ask.ticket != 0) return "ask whose token for a room (" + number(ask.ticket) + ") connection " + number(ask.from) + " has";
    return "ask who connection " + number(ask.from) + " is";
  }
  std::string operator()(const core::AskHook& ask) const {
    const core::HookQuestion& question = *ask.question;
    return "ask the application (" + number(ask.ticket) + ") about " + std::string(core::hook_verb_name(question.verb)) +
           (question.room_id.empty() ? "" : " " + question.room_id) + (question.event.empty() ? "" : " " + question.event) +
           " of connection " + number(ask.from);
  }
  std::string operator()(const core::AnswerCall& answer) const { return "answer call " + number(answer.call); }
  std::string operator()(const core::FollowLog& follow) const {
    return "follow the log of room " + number(follow.room) + " from " + number(follow.seq);
  }
  std::string operator()(const core::UnfollowLog& unfollow) const {
    return "follow the log of room " + number(unfollow.room) + " no more";
  }
  std::string operator()(const core::TellNodes& tell) const {
    return "tell the other nodes: " + std::string(kNewsNames[tell.news->index()]);
  }
  std::string operator()(const core::BeginExchange& begin) const {
    return "begin " + begin.question->name + " (" + number(begin.ticket) + ") of connection " + number(begin.from);
  }
  std::string operator()(const core::TellExchange& tell) const {
    constexpr std::array<std::string_view, std::variant_size_v<core::ExchangeNews>> kNames = {"an item", "finished", "a grant",
                                                                                              "the end"};
    return "to the handler " + number(tell.ticket) + ": " + std::string(kNames[tell.news->index()]);
  }
  std::string operator()(const core::GiveUp& give_up) const { return "give up: " + give_up.reason; }
  std::string operator()(const core::StoreRequest& request) const {
    return std::string("ask ") + (request.durable ? "the store" : "the store in memory") + " (" + number(request.ticket) +
           "): " + std::visit(StoreRequestText{}, *request.what);
  }
};

}  // namespace

std::string text_of(const core::Action& action) { return std::visit(ActionText{}, action); }

std::optional<core::ConnectionId> connection_of(const core::Action& action) {
  return std::visit(
      [](const auto& known) -> std::optional<core::ConnectionId> {
        if constexpr (requires { known.to; })
          return known.to;
        else if constexpr (requires { known.from; })
          return known.from;
        else
          return std::nullopt;
      },
      action);
}

}  // namespace dialogue::replay
