// See recording_input.hpp. A new input: an entry in kNames, a write() if it is more than numbers, a branch of read_input().
#include "server/replay/format/recording_input.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "server/replay/format/masking.hpp"

namespace dialogue::replay {
namespace {

constexpr std::string_view kConnectedAmong = "connected_among", kDrainWithin = "drain_within";
/// In the order of Input's alternatives. Recordings of earlier versions have these names, so they stay.
constexpr std::array<std::string_view, std::variant_size_v<core::Input>> kNames = {
    kConnectedAmong, "received",   "violated", "alive", "said_goodbye",    "disconnected",
    "backlog",       "drained",    "answered", "",      "hook_answered",   "",
    "allow",         kDrainWithin, "end_turn", "tick",  "exchange_replied"};
constexpr std::string_view kIdentified = "identified", kTokenJudged = "token_judged", kMail = "mail",
                           kTurnGoesOn = "turn_goes_on";

std::string_view name_of(const core::Input& input) {
  if (const auto* resolved = std::get_if<core::IdentityResolved>(&input))
    return resolved->ticket == 0 ? kIdentified : kTokenJudged;
  if (const auto* turn = std::get_if<core::TurnEnded>(&input)) return turn->goes_on ? kTurnGoesOn : kNames[input.index()];
  if (const auto* message = std::get_if<core::ShardMessageReceived>(&input)) {
    if (message->message.sender()) return kMail;
    const std::string_view name = application_message_name(message->message.body());
    return name.empty() ? "other_letter" : name;
  }
  return kNames[input.index()];
}

struct InputWriter {
  LineWriter& line;
  const Privacy& privacy;

  void operator()(const core::ConnectionOpened& input) const {
    write_peer(line, input.peer);
    line.number(input.server_connections);
  }
  void operator()(const core::MessageReceived& input) const {
    const bool masks_payloads = static_cast<bool>(privacy.payload);
    line.number(input.from).text(masked_message({input.message.data(), input.message.size()}, masks_payloads));
  }
  void operator()(const core::ProtocolViolation& input) const {
    line.number(input.from).number(static_cast<std::uint64_t>(input.reason));
  }
  void operator()(const core::PeerAlive& input) const { line.number(input.from); }
  void operator()(const core::PeerClosing& input) const { line.number(input.from); }
  void operator()(const core::ConnectionClosed& input) const { line.number(input.from); }
  void operator()(const core::BacklogChanged& input) const {
    line.number(input.from).number(input.queued_bytes).number(input.stalled_ms);
  }
  void operator()(const core::SendDrained& input) const { line.number(input.from); }
  void operator()(const core::StoreReplied& input) const { write_answer(line, input.answer, privacy); }
  void operator()(const core::IdentityResolved& input) const {
    line.number(input.from);
    if (input.ticket != 0) line.number(input.ticket);
    const bool keeps_seal = !privacy.payload;
    write_verdict(line, input.result, keeps_seal);
  }
  void operator()(const core::HookReplied& input) const {
    write_hook_verdict(line.number(input.from).number(input.ticket), input.verdict, privacy);
  }
  void operator()(const core::ExchangeReplied& input) const {
    write_exchange_reply(line.number(input.from).number(input.ticket), input.reply, privacy);
  }
  void operator()(const core::ShardMessageReceived& input) const {
    if (const auto sender = input.message.sender())
      line.number(*sender);
    else
      write_message(line, input.message.body(), privacy);
  }
  void operator()(const core::LimitsChanged& input) const {
    line.number(input.connections_max).number(input.connections_per_user);
  }
  void operator()(const core::DrainStarted& input) const {
    line.number(input.spread_ms).number(input.pause_ms).number(input.settle_ms);
  }
  void operator()(const core::TurnEnded&) const {}
  void operator()(const core::TimerFired&) const {}
};

/// The inputs whose line begins with a connection; nothing for any other name.
std::optional<core::Input> read_of_connection(std::string_view name, LineReader& line, std::string& message) {
  const core::ConnectionId from = line.number();
  if (name == "received") {
    message = line.text();
    return core::MessageReceived{from, message};
  }
  if (name == kIdentified || name == kTokenJudged) {
    const std::uint64_t ticket = name == kIdentified ? 0 : line.number();
    return core::IdentityResolved{from, ticket, read_verdict(line)};
  }
  if (name == "hook_answered") {
    const std::uint64_t ticket = line.number();
    return core::HookReplied{from, ticket, read_hook_verdict(line)};
  }
  if (name == "exchange_replied") {
    const std::uint64_t ticket = line.number();
    return core::ExchangeReplied{from, ticket, read_exchange_reply(line)};
  }
  if (name == "violated") return core::ProtocolViolation{from, static_cast<ErrorCode>(line.number())};
  if (name == "backlog") {
    const std::uint64_t queued_bytes = line.number();
    return core::BacklogChanged{from, queued_bytes, line.number()};
  }
  if (name == "alive") return core::PeerAlive{from};
  if (name == "said_goodbye") return core::PeerClosing{from};
  if (name == "disconnected") return core::ConnectionClosed{from};
  return core::SendDrained{from};
}

bool is_of_connection(std::string_view name) {
  constexpr std::array<std::string_view, 11> kOfConnections = {"received",     "violated",      "alive",           "said_goodbye",
                                                               "disconnected", "backlog",       "drained",         kIdentified,
                                                               kTokenJudged,   "hook_answered", "exchange_replied"};
  return std::find(kOfConnections.begin(), kOfConnections.end(), name) != kOfConnections.end();
}

std::optional<core::Input> read_any(std::string_view name, LineReader& line, const InputSources& sources) {
  if (is_of_connection(name)) return read_of_connection(name, line, sources.message);
  if (name == "tick") return core::TimerFired{};
  if (name == "end_turn" || name == kTurnGoesOn) return core::TurnEnded{name == kTurnGoesOn};
  if (name == kDrainWithin || name == "drain") {  // "drain": of recordings before there was a limit
    core::DrainStarted drain{.spread_ms = line.number()};
    drain.pause_ms = line.number();
    drain.settle_ms = name == kDrainWithin ? line.number() : core::kNever;
    return drain;
  }
  if (name == "allow") {
    const std::uint64_t connections_max = line.number();
    return core::LimitsChanged{connections_max, line.number()};
  }
  if (name == "answered") return core::StoreReplied{read_answer(line)};
  if (name == "connected") return core::ConnectionOpened{read_peer(line)};  // of recordings before kConnectedAmong
  if (name == kConnectedAmong) {
    core::PeerFacts peer = read_peer(line);
    return core::ConnectionOpened{std::move(peer), static_cast<std::size_t>(line.number())};
  }
  if (name == kMail) return core::ShardMessageReceived{sources.message_of(static_cast<std::uint32_t>(line.number()))};
  auto body = read_message(name, line);
  if (!body) return std::nullopt;
  return core::ShardMessageReceived{core::ShardMessage(std::move(*body))};
}

}  // namespace

LineWriter input_line(const core::Input& input, core::Time now, const Privacy& privacy) {
  LineWriter line(name_of(input));
  line.number(now.monotonic_ms).number(now.unix_ms);
  std::visit(InputWriter{line, privacy}, input);
  return line;
}

std::optional<core::Input> read_input(std::string_view name, LineReader& line, const InputSources& sources) {
  std::optional<core::Input> input = read_any(name, line, sources);
  line.end();
  if (!line.is_well()) return std::nullopt;
  return input;
}

core::Time read_time(LineReader& line) {
  const std::uint64_t monotonic_ms = line.number();
  return {monotonic_ms, line.number()};
}

std::optional<core::ConnectionId> recorded_connection(std::string_view name, std::string_view line) {
  if (!is_of_connection(name)) return std::nullopt;
  LineReader reader(line);
  static_cast<void>(read_time(reader));
  return reader.number();
}

}  // namespace dialogue::replay
