// See recording_values.hpp.
#include "server/replay/format/recording_values.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/limits.hpp"

namespace dialogue::replay {
namespace {

// --- Answers of a store ---

void write_producer(LineWriter& line, const core::ProducerState& producer, const Privacy& privacy) {
  line.begin().text(producer.key).number(producer.expected).number(producer.used_ms).begin();
  for (const core::ProducerReceipt& receipt : producer.receipts) {
    line.begin().number(privacy.hash ? privacy.hash(receipt.hash) : receipt.hash).number(receipt.seq);
    line.number(receipt.timestamp_ms).number(static_cast<std::uint64_t>(receipt.refused)).end();
  }
  line.end().end();
}

core::ProducerState read_producer(LineReader& line) {
  core::ProducerState producer;
  line.begin();
  producer.key = line.text();
  producer.expected = line.number();
  producer.used_ms = line.number();
  line.begin();
  while (line.more()) {
    core::ProducerReceipt& receipt = producer.receipts.emplace_back();
    line.begin();
    receipt.hash = static_cast<core::PayloadHash>(line.number());
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

void write(LineWriter& line, const core::RoomOpened& opened, const Privacy& privacy) {
  const core::RoomLogState& log = opened.state;
  line.number(static_cast<std::uint64_t>(opened.status)).number(log.epoch).number(log.base).number(log.head);
  line.number(log.timestamp_ms).begin();
  for (const core::ProducerState& producer : log.producers) write_producer(line, producer, privacy);
  line.end();
}

core::RoomOpened read_opened(LineReader& line) {
  core::RoomOpened opened;
  opened.status = line.one_of(core::StoreStatus::failed);
  for (std::uint64_t* value : {&opened.state.epoch, &opened.state.base, &opened.state.head, &opened.state.timestamp_ms})
    *value = line.number();
  line.begin();
  while (line.more()) opened.state.producers.push_back(read_producer(line));
  return opened;
}

/// In the place of a record's event: what follows are the sequences of damaged ones.
constexpr std::string_view kNoEvent;

void write(LineWriter& line, const core::LogPage& page, const Privacy& privacy) {
  line.number(static_cast<std::uint64_t>(page.status)).number(page.base).number(page.head).number(page.first).number(page.last);
  line.begin();
  for (const core::LogRecord& record : page.records) {
    line.begin().text(record.event).number(record.seq).number(record.timestamp_ms).text(record.from);
    line.text(payload_of(record.payload, privacy));
    if (record.deletes) line.number(1);
    line.end();
  }
  for (const auto& [first, last] : page.damaged) line.begin().text(kNoEvent).number(first).number(last).end();
  line.end();
}

core::LogPage read_page(LineReader& line) {
  core::LogPage page;
  page.status = line.one_of(core::StoreStatus::failed);
  for (std::uint64_t* value : {&page.base, &page.head, &page.first, &page.last}) *value = line.number();
  line.begin();
  while (line.more()) {
    core::LogRecord record;
    line.begin();
    record.event = line.text();
    record.seq = line.number();
    record.timestamp_ms = line.number();
    if (record.event == kNoEvent) {
      page.damaged.push_back({record.seq, record.timestamp_ms});
    } else {
      record.from = line.text();
      record.payload = line.text();
      const bool is_marked = line.more();
      if (is_marked) record.deletes = line.flag();
      page.records.push_back(std::move(record));
      if (!is_marked) continue;  // more() has read the end
    }
    line.end();
  }
  return page;
}

void write(LineWriter& line, const core::LogTrimmed& trimmed, const Privacy&) {
  line.number(static_cast<std::uint64_t>(trimmed.status)).number(trimmed.base).number(trimmed.more ? 1 : 0);
}

core::LogTrimmed read_trimmed(LineReader& line) {
  core::LogTrimmed trimmed;
  trimmed.status = line.one_of(core::StoreStatus::failed);
  trimmed.base = line.number();
  trimmed.more = line.flag();
  return trimmed;
}

void write(LineWriter& line, const std::vector<core::StoreStatus>& statuses, const Privacy&) {
  line.begin();
  for (const core::StoreStatus status : statuses) line.number(static_cast<std::uint64_t>(status));
  line.end();
}

std::vector<core::StoreStatus> read_statuses(LineReader& line) {
  std::vector<core::StoreStatus> statuses;
  line.begin();
  while (line.more()) statuses.push_back(line.one_of(core::StoreStatus::failed));
  return statuses;
}

void write(LineWriter& line, const core::StoreStatus& status, const Privacy&) { line.number(static_cast<std::uint64_t>(status)); }

constexpr std::array<std::string_view, 5> kAnswerNames = {"opened", "appended", "read", "trimmed", "erased"};
/// The first of them, behind the time since when the store knows the clock.
constexpr std::string_view kOpenedSince = "opened_since";

// --- Rooms ---

void write_grants(LineWriter& line, const std::optional<Grants>& grants) { line.optional(grants); }

constexpr std::array kRecordedRights = {&Access::join, &Access::publish, &Access::history, &Access::presence, &Access::manage};

}  // namespace

// One number holds whether a proxy forwarded the request, and the transport. Recordings of versions with one transport have 0 or
// 1.
constexpr std::uint64_t kForwardedValues = 2;

void write_peer(LineWriter& line, const core::PeerFacts& peer) {
  line.text(peer.address);
  for (const bool fact : {peer.loopback_peer, peer.loopback_listener, peer.loopback_host, peer.origin_trusted})
    line.number(fact ? 1 : 0);
  line.number((peer.forwarded ? 1U : 0U) + kForwardedValues * static_cast<std::uint64_t>(peer.transport));
}

core::PeerFacts read_peer(LineReader& line) {
  core::PeerFacts peer;
  peer.address = line.text();
  for (bool* fact : {&peer.loopback_peer, &peer.loopback_listener, &peer.loopback_host, &peer.origin_trusted})
    *fact = line.flag();
  const std::uint64_t how = line.number(), transport = how / kForwardedValues;
  line.demand(transport < kTransports.size());
  peer.forwarded = how % kForwardedValues != 0;
  if (transport < kTransports.size()) peer.transport = kTransports[transport].kind;
  return peer;
}

void write_answer(LineWriter& line, const core::StoreResponse& answer, const Privacy& privacy) {
  const auto* opened = std::get_if<core::RoomOpened>(&answer.what);
  line.number(answer.ticket);
  if (opened != nullptr && opened->clock_known_ms != 0)
    line.text(kOpenedSince).number(opened->clock_known_ms);
  else
    line.text(kAnswerNames[answer.what.index()]);
  std::visit([&](const auto& what) { write(line, what, privacy); }, answer.what);
}

core::StoreResponse read_answer(LineReader& line) {
  core::StoreResponse answer;
  answer.ticket = line.number();
  std::string kind = line.text();
  std::uint64_t clock_known_ms = 0;
  if (kind == kOpenedSince) {
    clock_known_ms = line.number();
    kind = kAnswerNames[0];
  }
  if (kind == kAnswerNames[0]) {
    core::RoomOpened opened = read_opened(line);
    opened.clock_known_ms = clock_known_ms;
    answer.what = std::move(opened);
  } else if (kind == kAnswerNames[1])
    answer.what = read_statuses(line);
  else if (kind == kAnswerNames[2])
    answer.what = read_page(line);
  else if (kind == kAnswerNames[3])
    answer.what = read_trimmed(line);
  else
    answer.what = line.one_of(core::StoreStatus::failed);
  line.demand(std::find(kAnswerNames.begin(), kAnswerNames.end(), kind) != kAnswerNames.end());
  return answer;
}

void write_verdict(LineWriter& line, const core::AuthResult& verdict, bool keeps_seal) {
  if (const auto* refusal = std::get_if<core::Refusal>(&verdict)) {
    line.text("refused").number(static_cast<std::uint64_t>(refusal->code)).text(refusal->reason);
    return;
  }
  const core::Identity& identity = std::get<core::Identity>(verdict);
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
        .text(core::Capabilities::claims_needed(token->claims, identity.user_id))
        .number(token->digest)
        .number(token->key)
        .number(token->is_of_realm ? 1 : 0);
  line.end();
  if (has_seal) line.text(*identity.guest_seal);
}

core::AuthResult read_verdict(LineReader& line) {
  const std::string kind = line.text();
  line.demand(kind == "as" || kind == "sealed" || kind == "refused");
  if (kind == "refused") {
    const auto code = static_cast<ErrorCode>(line.number());
    return core::Refusal{code, line.text()};
  }
  core::Identity identity;
  for (std::string* value : {&identity.user_id, &identity.name, &identity.meta, &identity.role}) *value = line.text();
  line.begin();
  if (line.more()) {
    core::TokenFacts token;
    token.id = line.text();
    token.issued_s = line.number();
    token.expires_s = line.number();
    token.claims = line.text();
    auto capabilities = core::Capabilities::from_claims(token.claims);
    line.demand(std::holds_alternative<std::optional<core::Capabilities>>(capabilities));
    if (auto* found = std::get_if<std::optional<core::Capabilities>>(&capabilities)) token.capabilities = std::move(*found);
    if (line.more()) {  // older recordings have none
      token.digest = line.number();
      if (line.more()) {
        token.key = line.number();
        token.is_of_realm = line.flag();
        line.end();
      }
    }
    identity.token = std::make_shared<const core::TokenFacts>(std::move(token));
  }
  if (kind == "sealed") identity.guest_seal = std::make_shared<const std::string>(line.text());
  return identity;
}

void write_hook_verdict(LineWriter& line, const core::HookVerdict& verdict, const Privacy& privacy) {
  line.number(static_cast<std::uint64_t>(verdict.code)).text(verdict.reason).begin();
  if (verdict.payload) line.text(privacy.payload ? privacy.payload(*verdict.payload) : *verdict.payload);
  line.end().begin();
  const auto& from = verdict.history_from;
  if (verdict.meta || from) line.text(verdict.meta.value_or(std::string()));
  if (from) line.number(from->seq).number(from->epoch);
  line.end();
}

core::HookVerdict read_hook_verdict(LineReader& line) {
  core::HookVerdict verdict;
  verdict.code = static_cast<ErrorCode>(line.number());
  verdict.reason = line.text();
  line.begin();
  if (line.more()) {
    verdict.payload = line.text();
    line.end();
  }
  line.begin();
  if (!line.more()) return verdict;
  if (std::string meta = line.text(); !meta.empty()) verdict.meta = std::move(meta);
  if (!line.more()) return verdict;
  const std::uint64_t seq = line.number();
  verdict.history_from = {seq, line.number()};
  line.end();
  return verdict;
}

void write_exchange_reply(LineWriter& line, const core::ExchangeReply& reply, const Privacy& privacy) {
  line.number(reply.index());
  if (const auto* result = std::get_if<core::ExchangeResult>(&reply))
    line.number(static_cast<std::uint64_t>(result->code))
        .text(result->error)
        .text(payload_of(result->json, privacy))
        .number(result->retry_after_ms);
  else if (const auto* item = std::get_if<core::ExchangeItem>(&reply))
    line.text(payload_of(item->json, privacy));
  else
    line.number(std::get<core::ExchangeAllow>(reply).up_to);
}

core::ExchangeReply read_exchange_reply(LineReader& line) {
  const std::uint64_t kind = line.number();
  if (kind == 1) return core::ExchangeItem{line.text()};
  if (kind != 0) return core::ExchangeAllow{line.number()};
  core::ExchangeResult result;
  result.code = static_cast<ErrorCode>(line.number());
  result.error = line.text();
  result.json = line.text();
  result.retry_after_ms = line.number();
  return result;
}

void write_call(LineWriter& line, const CallDefinition& call) {
  line.begin().text(call.name).number(static_cast<std::uint64_t>(call.kind)).number(call.is_idempotent ? 1 : 0);
  line.number(call.timeout_ms);
  write_grants(line, call.access);
  write_rate_limit(line, call.rate_limit);
  line.end();
}

CallDefinition read_call(LineReader& line) {
  CallDefinition call;
  line.begin();
  call.name = line.text();
  call.kind = line.one_of(CallKind::duplex);
  call.is_idempotent = line.number() != 0;
  call.timeout_ms = line.number();
  call.access = line.optional_texts();
  call.rate_limit = read_rate_limit(line);
  line.end();
  return call;
}

void write_room(LineWriter& line, const RoomDefinition& room) {
  line.begin().text(room.id).text(room.name).text(room.description).optional(room.max_size).texts(room.events);
  line.optional(room.default_subscriptions).optional(room.retention.max_events).optional(room.retention.max_age_ms);
  line.number(static_cast<std::uint64_t>(room.durability)).number(room.sends_presence ? 1 : 0);
  for (const auto& right : kRecordedRights) write_grants(line, room.access.*right);
  line.begin();
  for (const auto& [event, grants] : room.access.publish_event) line.begin().text(event).texts(grants).end();
  line.end().texts(room.channels);
  if (room.states) line.number(room.states->rate).number(room.states->grace_ms).number(room.states->keeps_sessions ? 1 : 0);
  line.end();
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
  room.sends_presence = line.number() != 0;
  for (const auto& right : kRecordedRights) room.access.*right = line.optional_texts();
  line.begin();
  while (line.more()) {
    line.begin();
    std::string event = line.text();
    room.access.publish_event[std::move(event)] = line.texts();
    line.end();
  }
  room.channels = line.texts();
  if (!line.more()) return room;
  room.states.emplace().rate = line.number();
  room.states->grace_ms = line.number();
  room.states->keeps_sessions = line.number() != 0;
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

}  // namespace dialogue::replay
