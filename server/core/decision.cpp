// See decision.hpp.
#include "server/core/decision.hpp"

#include <array>
#include <cstring>
#include <utility>
#include <variant>

namespace dialogue {
namespace {

/// In the order of ShardMessageBody's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<ShardMessageBody>> kLetterNames = {
    "deliver",           "publish",         "publish_answer", "read_log",
    "log_piece",         "history_answer",  "history_query",  "join",
    "join_answer",       "replace_session", "leave",          "leave_answer",
    "presence_change",   "room_ended",      "hook_command",   "create_room",
    "delete_room",       "server_publish",  "rooms_query",    "connections_query",
    "kick_user",         "leave_room",      "collect_rooms",  "collect_connections",
    "collect_kicked",    "collect_left",    "collected",      "revoke_tokens",
    "collect_revoked",   "send_event",      "collect_sent",   "permission_query",
    "permission_answer", "enter_user",      "user_answer",    "user_left",
    "log_grew",          "delivers_taken"};

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string named(const RoomKey& key) { return key.tenant.empty() ? key.room : key.tenant + "/" + key.room; }

struct Asked {
  std::string operator()(const OpenLog& open) const { return "open " + named(open.key); }
  std::string operator()(const AppendLogs& append) const {
    std::string text = "append";
    for (const RoomWrite& write : append.writes) {
      text += " " + named(write.key);
      if (!write.records.empty()) text += " " + number(write.records.front().seq) + ".." + number(write.records.back().seq);
      if (const std::size_t producers = write.producers.size(); producers > 0) text += " (producers: " + number(producers) + ")";
    }
    return text;
  }
  std::string operator()(const ReadRange& range) const {
    return "read " + named(range.key) + (range.backwards ? " back from " : " from ") + number(range.from_seq) + ", at most " +
           number(range.records_max);
  }
  std::string operator()(const TrimLog& trim) const {
    return "trim " + named(trim.key) + " before " + number(trim.before_ms) + " ms";
  }
  std::string operator()(const EraseLog& erase) const { return "erase " + named(erase.key); }
  std::string operator()(const DefineRoom& define) const { return "keep the definition of " + named(define.room.key); }
};

struct Told {
  std::string operator()(const SendFrame& send) const { return "send " + number(send.to) + " " + *send.text; }
  std::string operator()(const SendPing& ping) const { return "ping " + number(ping.to) + " " + *ping.text; }
  std::string operator()(const CloseConnection& close) const {
    return "close " + number(close.to) + " with " + number(close.close_code) + (close.reason.empty() ? "" : " " + close.reason);
  }
  std::string operator()(const PostMessage& post) const {
    return "post to shard " + number(post.shard) + ": " + std::string(kLetterNames[post.mail.letter().index()]);
  }
  std::string operator()(const LogLine& line) const { return "log " + line.event + " " + line.fields; }
  std::string operator()(const AskDrained& ask) const { return "ask when all was sent to " + number(ask.to); }
  std::string operator()(const AskIdentity& ask) const {
    if (ask.ticket != 0) return "ask whose token for a room (" + number(ask.ticket) + ") connection " + number(ask.from) + " has";
    return "ask who connection " + number(ask.from) + " is";
  }
  std::string operator()(const AskHook& ask) const {
    const HookQuestion& question = *ask.question;
    return "ask the application (" + number(ask.ticket) + ") about " + std::string(hook_verb_name(question.verb)) +
           (question.room_id.empty() ? "" : " " + question.room_id) + (question.event.empty() ? "" : " " + question.event) +
           " of connection " + number(ask.from);
  }
  std::string operator()(const GiveUp& give_up) const { return "give up: " + give_up.reason; }
  std::string operator()(const StoreRequest& request) const {
    return std::string("ask ") + (request.durable ? "the store" : "the store in memory") + " (" + number(request.ticket) +
           "): " + std::visit(Asked{}, *request.what);
  }
};

}  // namespace

std::string text_of(const Action& action) { return std::visit(Told{}, action); }

std::optional<ConnectionId> connection_of(const Action& action) {
  if (const auto* send = std::get_if<SendFrame>(&action)) return send->to;
  if (const auto* ping = std::get_if<SendPing>(&action)) return ping->to;
  if (const auto* close = std::get_if<CloseConnection>(&action)) return close->to;
  if (const auto* ask = std::get_if<AskDrained>(&action)) return ask->to;
  if (const auto* ask = std::get_if<AskIdentity>(&action)) return ask->from;
  if (const auto* ask = std::get_if<AskHook>(&action)) return ask->from;
  return std::nullopt;
}

void DecisionDigest::add(const Action& action) {
  mix(action.index());
  std::visit([this](const auto& decided) { take(decided); }, action);
}

void DecisionDigest::mix(std::uint64_t word) {
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15ULL;  // 2^64 divided by the golden ratio, odd
  value_ = (value_ ^ word) * kMultiplier;
  value_ ^= value_ >> 32;
}

void DecisionDigest::mix(std::string_view bytes) {
  mix(bytes.size());
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t size = std::min(bytes.size(), sizeof word);
    std::memcpy(&word, bytes.data(), size);
    mix(word);
    bytes.remove_prefix(size);
  }
}

void DecisionDigest::mix_integers(std::string_view frames) {
  while (!frames.empty()) {
    const std::string_view frame = frames.substr(0, frames.find('\n'));
    mix(frame.substr(0, frame.find_first_of("\"{")));
    frames.remove_prefix(std::min(frames.size(), frame.size() + 1));
  }
}

void DecisionDigest::frame(ConnectionId to, const SharedBytes& text) {
  if (text != last_frame_) {
    const std::uint64_t before = std::exchange(value_, 0);
    if (whole_frames_)
      mix(*text);
    else
      mix_integers(*text);
    last_frame_value_ = std::exchange(value_, before);
    last_frame_ = text;
  }
  mix(to);
  mix(last_frame_value_);
}

/// Not the token, which a recording does not have.
void DecisionDigest::take(const AskIdentity& ask) {
  mix(ask.from);
  mix(ask.question->random + ask.ticket);
}

void DecisionDigest::take(const AskHook& ask) {
  mix(ask.from);
  mix(ask.ticket);
  mix(ask.step);
  mix(static_cast<std::uint64_t>(ask.question->verb));
}

void DecisionDigest::take(const CloseConnection& close) {
  mix(close.to);
  mix(close.close_code);
  mix(close.reason);
}

void DecisionDigest::take(const PostMessage& post) {
  mix(post.shard);
  mix(post.mail.letter().index());
}

void DecisionDigest::take(const LogLine& line) {
  mix(line.event);
  mix(line.fields);
}

void DecisionDigest::take(const StoreRequest& request) {
  mix(request.ticket);
  mix((request.durable ? 1 : 0) + (request.what->index() << 1));
}

std::string DecisionDigest::text() const {
  constexpr int kDigits = 16;
  std::string digits;
  for (int i = kDigits - 1; i >= 0; --i) digits += "0123456789abcdef"[(value_ >> (4 * i)) & 15];
  return digits;
}

}  // namespace dialogue
