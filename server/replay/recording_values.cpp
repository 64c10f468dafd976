// See recording_values.hpp.
#include "server/replay/recording_values.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/limits.hpp"

namespace dialogue {
namespace {

std::string payload_of(std::string_view payload, const Privacy& privacy) {
  return privacy.payload ? privacy.payload(payload) : std::string(payload);
}

// --- What a store says ---

void write_producer(LineWriter& line, const ProducerState& producer, const Privacy& privacy) {
  line.begin().text(producer.key).number(producer.expected).number(producer.used_ms).begin();
  for (const ProducerReceipt& receipt : producer.receipts) {
    line.begin().number(privacy.hash ? privacy.hash(receipt.hash) : receipt.hash).number(receipt.seq);
    line.number(receipt.timestamp_ms).number(static_cast<std::uint64_t>(receipt.refused)).end();
  }
  line.end().end();
}

ProducerState read_producer(LineReader& line) {
  ProducerState producer;
  line.begin();
  producer.key = line.text();
  producer.expected = line.number();
  producer.used_ms = line.number();
  line.begin();
  while (line.more()) {
    ProducerReceipt& receipt = producer.receipts.emplace_back();
    line.begin();
    receipt.hash = static_cast<PayloadHash>(line.number());
    receipt.seq = line.number();
    receipt.timestamp_ms = line.number();
    receipt.refused = static_cast<ErrorCode>(line.number());
    line.end();
  }
  line.demand(producer.expected > 0 &&
              producer.receipts.size() == std::min<std::uint64_t>(producer.expected - 1, kPublishInFlightMax));
  line.end();
  return producer;
}

void write(LineWriter& line, const RoomOpened& opened, const Privacy& privacy) {
  const RoomLogState& log = opened.state;
  line.number(static_cast<std::uint64_t>(opened.status)).number(log.epoch).number(log.base).number(log.head);
  line.number(log.timestamp_ms).begin();
  for (const ProducerState& producer : log.producers) write_producer(line, producer, privacy);
  line.end();
}

RoomOpened read_opened(LineReader& line) {
  RoomOpened opened;
  opened.status = line.one_of(StoreStatus::failed);
  for (std::uint64_t* value : {&opened.state.epoch, &opened.state.base, &opened.state.head, &opened.state.timestamp_ms})
    *value = line.number();
  line.begin();
  while (line.more()) opened.state.producers.push_back(read_producer(line));
  return opened;
}

/// In the place of a record's event: what follows are the sequences of damaged ones.
constexpr std::string_view kNoEvent;

void write(LineWriter& line, const LogPage& page, const Privacy& privacy) {
  line.number(static_cast<std::uint64_t>(page.status)).number(page.base).number(page.head).number(page.first).number(page.last);
  line.begin();
  for (const LogRecord& record : page.records) {
    line.begin().text(record.event).number(record.seq).number(record.timestamp_ms).text(record.from);
    line.text(payload_of(record.payload, privacy)).end();
  }
  for (const auto& [first, last] : page.damaged) line.begin().text(kNoEvent).number(first).number(last).end();
  line.end();
}

LogPage read_page(LineReader& line) {
  LogPage page;
  page.status = line.one_of(StoreStatus::failed);
  for (std::uint64_t* value : {&page.base, &page.head, &page.first, &page.last}) *value = line.number();
  line.begin();
  while (line.more()) {
    LogRecord record;
    line.begin();
    record.event = line.text();
    record.seq = line.number();
    record.timestamp_ms = line.number();
    if (record.event == kNoEvent) {
      page.damaged.push_back({record.seq, record.timestamp_ms});
    } else {
      record.from = line.text();
      record.payload = line.text();
      page.records.push_back(std::move(record));
    }
    line.end();
  }
  return page;
}

void write(LineWriter& line, const LogTrimmed& trimmed, const Privacy&) {
  line.number(static_cast<std::uint64_t>(trimmed.status)).number(trimmed.base).number(trimmed.more ? 1 : 0);
}

LogTrimmed read_trimmed(LineReader& line) {
  LogTrimmed trimmed;
  trimmed.status = line.one_of(StoreStatus::failed);
  trimmed.base = line.number();
  trimmed.more = line.flag();
  return trimmed;
}

void write(LineWriter& line, const std::vector<StoreStatus>& statuses, const Privacy&) {
  line.begin();
  for (const StoreStatus status : statuses) line.number(static_cast<std::uint64_t>(status));
  line.end();
}

std::vector<StoreStatus> read_statuses(LineReader& line) {
  std::vector<StoreStatus> statuses;
  line.begin();
  while (line.more()) statuses.push_back(line.one_of(StoreStatus::failed));
  return statuses;
}

void write(LineWriter& line, const StoreStatus& status, const Privacy&) { line.number(static_cast<std::uint64_t>(status)); }

constexpr std::array<std::string_view, 5> kAnswerNames = {"opened", "appended", "read", "trimmed", "erased"};
/// The first of them, behind the time since when the store knows the clock.
constexpr std::string_view kOpenedSince = "opened_since";

// --- Rooms ---

void write_grants(LineWriter& line, const std::optional<Grants>& grants) { line.optional(grants); }

constexpr std::array kRecordedRights = {&Access::join, &Access::publish, &Access::history, &Access::presence, &Access::manage};

/// `done` with any arguments.
template <typename Function>
void set_done(Function& function, bool has_done, const Done& done) {
  if (has_done) function = [done](auto&&...) { done(); };
}

}  // namespace

void write_peer(LineWriter& line, const PeerFacts& peer) {
  line.text(peer.address);
  for (const bool fact : {peer.loopback_peer, peer.loopback_listener, peer.loopback_host, peer.origin_trusted, peer.forwarded})
    line.number(fact ? 1 : 0);
}

PeerFacts read_peer(LineReader& line) {
  PeerFacts peer;
  peer.address = line.text();
  for (bool* fact : {&peer.loopback_peer, &peer.loopback_listener, &peer.loopback_host, &peer.origin_trusted, &peer.forwarded})
    *fact = line.flag();
  return peer;
}

void write_answer(LineWriter& line, const StoreResponse& answer, const Privacy& privacy) {
  const auto* opened = std::get_if<RoomOpened>(&answer.what);
  line.number(answer.ticket);
  if (opened != nullptr && opened->clock_known_ms != 0)
    line.text(kOpenedSince).number(opened->clock_known_ms);
  else
    line.text(kAnswerNames[answer.what.index()]);
  std::visit([&](const auto& what) { write(line, what, privacy); }, answer.what);
}

StoreResponse read_answer(LineReader& line) {
  StoreResponse answer;
  answer.ticket = line.number();
  std::string kind = line.text();
  std::uint64_t clock_known_ms = 0;
  if (kind == kOpenedSince) {
    clock_known_ms = line.number();
    kind = kAnswerNames[0];
  }
  if (kind == kAnswerNames[0]) {
    RoomOpened opened = read_opened(line);
    opened.clock_known_ms = clock_known_ms;
    answer.what = std::move(opened);
  } else if (kind == kAnswerNames[1])
    answer.what = read_statuses(line);
  else if (kind == kAnswerNames[2])
    answer.what = read_page(line);
  else if (kind == kAnswerNames[3])
    answer.what = read_trimmed(line);
  else
    answer.what = line.one_of(StoreStatus::failed);
  line.demand(std::find(kAnswerNames.begin(), kAnswerNames.end(), kind) != kAnswerNames.end());
  return answer;
}

void write_verdict(LineWriter& line, const AuthResult& verdict, bool keeps_seal) {
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) {
    line.text("refused").number(static_cast<std::uint64_t>(refusal->code)).text(refusal->reason);
    return;
  }
  const Identity& identity = std::get<Identity>(verdict);
  const bool has_seal = identity.guest_seal && keeps_seal;
  line.text(has_seal ? "sealed" : "as")
      .text(identity.user_id)
      .text(identity.name)
      .text(identity.meta)
      .text(identity.role)
      .begin();
  if (const auto& token = identity.token)
    line.text(token->id)
        .number(token->issued_s)
        .number(token->expires_s)
        .text(Capabilities::claims_needed(token->claims))
        .number(token->digest);
  line.end();
  if (has_seal) line.text(*identity.guest_seal);
}

AuthResult read_verdict(LineReader& line) {
  const std::string kind = line.text();
  line.demand(kind == "as" || kind == "sealed" || kind == "refused");
  if (kind == "refused") {
    const auto code = static_cast<ErrorCode>(line.number());
    return Refusal{code, line.text()};
  }
  Identity identity;
  for (std::string* value : {&identity.user_id, &identity.name, &identity.meta, &identity.role}) *value = line.text();
  line.begin();
  if (line.more()) {
    TokenFacts token;
    token.id = line.text();
    token.issued_s = line.number();
    token.expires_s = line.number();
    token.claims = line.text();
    auto capabilities = Capabilities::from_claims(token.claims);  // as when the token was read, so there is no fault
    if (auto* found = std::get_if<std::optional<Capabilities>>(&capabilities)) token.capabilities = std::move(*found);
    if (line.more()) {  // recordings of before have none
      token.digest = line.number();
      line.end();
    }
    identity.token = std::make_shared<const TokenFacts>(std::move(token));
  }
  if (kind == "sealed") identity.guest_seal = std::make_shared<const std::string>(line.text());
  return identity;
}

void write_hook_verdict(LineWriter& line, const HookVerdict& verdict, const Privacy& privacy) {
  line.number(static_cast<std::uint64_t>(verdict.code)).text(verdict.reason).begin();
  if (verdict.payload) line.text(privacy.payload ? privacy.payload(*verdict.payload) : *verdict.payload);
  line.end().begin();
  if (verdict.meta) line.text(*verdict.meta);
  line.end();
}

HookVerdict read_hook_verdict(LineReader& line) {
  HookVerdict verdict;
  verdict.code = static_cast<ErrorCode>(line.number());
  verdict.reason = line.text();
  for (std::optional<std::string>* text : {&verdict.payload, &verdict.meta}) {
    line.begin();
    if (!line.more()) continue;
    *text = line.text();
    line.end();
  }
  return verdict;
}

void write_room(LineWriter& line, const RoomDefinition& room) {
  line.begin().text(room.id).text(room.name).text(room.description).optional(room.max_size).texts(room.events);
  line.optional(room.default_subscriptions).optional(room.retention.max_events).optional(room.retention.max_age_ms);
  line.number(static_cast<std::uint64_t>(room.durability)).number(room.tells_presence ? 1 : 0);
  for (const auto& right : kRecordedRights) write_grants(line, room.access.*right);
  line.begin();
  for (const auto& [event, grants] : room.access.publish_event) line.begin().text(event).texts(grants).end();
  line.end().texts(room.channels).end();
}

RoomDefinition read_room(LineReader& line) {
  RoomDefinition room;
  line.begin();
  for (std::string* value : {&room.id, &room.name, &room.description}) *value = line.text();
  room.max_size = line.optional_number();
  room.events = line.texts();
  room.default_subscriptions = line.optional_texts();
  room.retention.max_events = line.optional_number();
  room.retention.max_age_ms = line.optional_number();
  room.durability = line.one_of(Durability::memory);
  room.tells_presence = line.number() != 0;
  for (const auto& right : kRecordedRights) room.access.*right = line.optional_texts();
  line.begin();
  while (line.more()) {
    line.begin();
    std::string event = line.text();
    room.access.publish_event[std::move(event)] = line.texts();
    line.end();
  }
  room.channels = line.texts();
  line.end();
  return room;
}

void write_rate_limit(LineWriter& line, const std::optional<RateLimit>& limit) {
  line.begin();
  if (limit) line.number(limit->max_events).number(limit->window_ms);
  line.end();
}

std::optional<RateLimit> read_rate_limit(LineReader& line) {
  std::optional<RateLimit> limit;
  line.begin();
  while (line.more()) {
    const std::uint64_t max_events = line.number();
    limit = RateLimit{max_events, line.number()};
  }
  return limit;
}

// --- Letters of the embedding program ---

std::string_view application_letter_name(const ShardMessageBody& letter) {
  if (std::holds_alternative<CreateRoom>(letter)) return "create_room";
  if (std::holds_alternative<DeleteRoom>(letter)) return "delete_room";
  if (std::holds_alternative<ServerPublish>(letter)) return "server_publish";
  if (std::holds_alternative<HistoryQuery>(letter)) return "history_query";
  if (std::holds_alternative<RoomsQuery>(letter)) return "rooms_query";
  if (std::holds_alternative<ConnectionsQuery>(letter)) return "connections_query";
  if (std::holds_alternative<UsersQuery>(letter)) return "users_query";
  if (std::holds_alternative<MembersQuery>(letter)) return "members_query";
  if (std::holds_alternative<KickUser>(letter)) return "kick_user";
  if (std::holds_alternative<LeaveRoom>(letter)) return "leave_room";
  if (std::holds_alternative<RevokeTokens>(letter)) return "revoke_tokens";
  if (std::holds_alternative<SendEvent>(letter)) return "send_event";
  return {};
}

namespace {

struct ShardMessageWriter {
  LineWriter& line;
  const Privacy& privacy;

  void operator()(const CreateRoom& letter) const { write_room(started(letter), letter.definition); }
  void operator()(const DeleteRoom& letter) const { started(letter).text(letter.room_id); }
  void operator()(const ServerPublish& letter) const {
    started(letter).text(letter.room_id).text(letter.event).text(payload_of(letter.payload, privacy)).text(letter.from);
    line.begin();
    if (letter.producer)
      line.text(*letter.producer).number(letter.producer_seq).number(letter.hash).number(letter.refusal_counts);
    line.end();
  }
  void operator()(const HistoryQuery& letter) const {
    started(letter).text(letter.room_id).number(letter.since).number(letter.before).number(letter.limit);
    line.number(letter.oldest_first ? 1 : 0);
  }
  void operator()(const RoomsQuery& letter) const { page(started(letter), letter.page); }
  void operator()(const ConnectionsQuery& letter) const { started(letter).text(letter.user_id); }
  void operator()(const UsersQuery& letter) const { page(started(letter), letter.page).texts(letter.users); }
  void operator()(const MembersQuery& letter) const { page(started(letter).text(letter.room_id), letter.page); }
  void operator()(const KickUser& letter) const { started(letter).text(letter.user_id).text(letter.reason); }
  void operator()(const LeaveRoom& letter) const { started(letter).text(letter.user_id).text(letter.room_id); }
  void operator()(const RevokeTokens& letter) const {
    started(letter).text(letter.what.token_id).text(letter.what.user_id).number(letter.what.issued_before_s);
  }
  void operator()(const SendEvent& letter) const {
    started(letter).text(letter.user_id).text(letter.session_id).text(letter.event);
    line.text(payload_of(letter.payload, privacy)).text(letter.from);
  }
  template <typename Other>
  void operator()(const Other&) const {}

  static LineWriter& page(LineWriter& to, const PageRange& page) { return to.text(page.after).number(page.limit); }
  template <typename Question>
  LineWriter& started(const Question& letter) const {
    return line.number(letter.done ? 1 : 0);
  }
};

ServerPublish read_publish(LineReader& line) {
  ServerPublish letter;
  for (std::string* value : {&letter.room_id, &letter.event, &letter.payload, &letter.from}) *value = line.text();
  line.begin();
  while (line.more()) {
    letter.producer = std::make_shared<const std::string>(line.text());
    letter.producer_seq = line.number();
    letter.hash = static_cast<PayloadHash>(line.number());
    letter.refusal_counts = line.flag();
  }
  return letter;
}

PageRange read_range(LineReader& line) {
  PageRange page;
  page.after = line.text();
  page.limit = line.number();
  return page;
}

RoomsQuery read_rooms_query(LineReader& line) {
  RoomsQuery letter;
  if (line.more()) letter.page = read_range(line);  // recordings from before there were pages have none
  return letter;
}

UsersQuery read_users_query(LineReader& line) {
  UsersQuery letter;
  letter.page = read_range(line);
  letter.users = line.texts();
  return letter;
}

MembersQuery read_members_query(LineReader& line) {
  MembersQuery letter;
  letter.room_id = line.text();
  letter.page = read_range(line);
  return letter;
}

HistoryQuery read_query(LineReader& line) {
  HistoryQuery letter;
  letter.room_id = line.text();
  letter.since = line.number();
  letter.before = line.number();
  letter.limit = line.number();
  letter.oldest_first = line.flag();
  return letter;
}

SendEvent read_send(LineReader& line) {
  SendEvent letter;
  for (std::string* value : {&letter.user_id, &letter.session_id, &letter.event, &letter.payload, &letter.from})
    *value = line.text();
  return letter;
}

RevokeTokens read_revocation(LineReader& line) {
  RevokeTokens letter;
  letter.what.token_id = line.text();
  letter.what.user_id = line.text();
  letter.what.issued_before_s = line.number();
  return letter;
}

template <typename Question>
ShardMessageBody with_done(Question letter, bool has_done, const Done& done) {
  set_done(letter.done, has_done, done);
  return letter;
}

}  // namespace

void write_letter(LineWriter& line, const ShardMessageBody& letter, const Privacy& privacy) {
  std::visit(ShardMessageWriter{line, privacy}, letter);
}

std::optional<ShardMessageBody> read_letter(std::string_view name, LineReader& line, const Done& done) {
  constexpr std::array<std::string_view, 12> kCallNames = {"create_room", "delete_room",       "server_publish", "history_query",
                                                           "rooms_query", "connections_query", "users_query",    "members_query",
                                                           "kick_user",   "leave_room",        "send_event",     "revoke_tokens"};
  if (std::find(kCallNames.begin(), kCallNames.end(), name) == kCallNames.end()) return std::nullopt;
  const bool has_done = line.flag();
  if (name == "create_room") return with_done(CreateRoom{read_room(line), {}}, has_done, done);
  if (name == "delete_room") return with_done(DeleteRoom{line.text(), {}}, has_done, done);
  if (name == "server_publish") return with_done(read_publish(line), has_done, done);
  if (name == "history_query") return with_done(read_query(line), has_done, done);
  if (name == "revoke_tokens") return with_done(read_revocation(line), has_done, done);
  if (name == "send_event") return with_done(read_send(line), has_done, done);
  if (name == "rooms_query") return with_done(read_rooms_query(line), has_done, done);
  if (name == "users_query") return with_done(read_users_query(line), has_done, done);
  if (name == "members_query") return with_done(read_members_query(line), has_done, done);
  const std::string first = line.text();
  if (name == "connections_query") return with_done(ConnectionsQuery{first, {}}, has_done, done);
  if (name == "kick_user") return with_done(KickUser{first, line.text(), {}}, has_done, done);
  return with_done(LeaveRoom{first, line.text(), {}}, has_done, done);
}

}  // namespace dialogue
