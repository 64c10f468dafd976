// Which refusals consume a number: permanent ones, in a room that the publisher is in.
#include "server/core/session/publish_intake.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/connection/hello.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/log/producer_table.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/names.hpp"

namespace dialogue::core {
namespace {

bool is_known_volatile(const CatalogueView& catalogue, std::uint64_t event) {
  return event >= 1 && event <= catalogue.event_count() &&
         catalogue.event(static_cast<std::uint32_t>(event - 1)).delivery == Delivery::volatile_;
}

/// By name, since a number means something else once the catalogue has changed; a retry may come after that.
std::string_view name_of(const CatalogueView& catalogue, std::uint64_t event) {
  const bool is_known = event >= 1 && event <= catalogue.event_count();
  return is_known ? catalogue.event(static_cast<std::uint32_t>(event - 1)).name : std::string_view();
}

PublishExt ext_of(const std::string* producer, std::string_view ext) {
  const Sending otherwise = producer != nullptr && says_what_is_resent(kind_of(*producer)) ? Sending::later : Sending::unsaid;
  if (ext == "0") return {SendingMark{otherwise}};
  return read_publish_ext(ext, otherwise);
}

/// Returns why a publication may not have this id; empty: it may.
std::string_view why_no_id(const std::optional<std::string>& id, bool has_producer, bool is_volatile) {
  if (!id) return {};
  if (has_producer) return "ext: what a producer numbers has no id";
  if (is_volatile) return "ext: a volatile event has no id";
  if (!is_name(*id) || id->size() > kProducerIdBytesMax) return "ext: id is 1 to 64 of A-Z a-z 0-9 _ - . : @ ~";
  return {};
}

/// Returns why a publication's numbers and ext do not fit each other; empty: they do.
std::string_view why_invalid(const PublishExt& ext, bool has_producer, bool counted, bool is_volatile) {
  if (counted && is_volatile) return "a volatile event has producer_seq 0";
  if (counted && !ext.mark) return "ext: first and delete are 0 or 1, resent a number of seconds";
  return why_no_id(ext.id, has_producer, is_volatile);
}

/// What is compared when a publication comes again. `user_id` is of one with an id: as an Idempotency-Key's, which may be the
/// same.
PayloadHash hash_of(std::string_view event, std::string_view user_id, std::span<const char> payload, bool deletes) {
  const std::string_view text(payload.data(), payload.size());
  if (user_id.empty()) return payload_hash(event, text, deletes);
  return payload_hash(std::string(event).append("\n").append(user_id), text, deletes);
}

/// The log records it, but no trace is made.
PublicationTracePtr unfollowed(std::string traceparent) {
  if (traceparent.empty()) return nullptr;
  return std::make_shared<const PublicationTrace>(PublicationTrace{std::move(traceparent), nullptr});
}

}  // namespace

void PublishIntake::answer(Connection& connection, const PublishResponse& answer) {
  context_.answer(connection, publish_answer_frame(answer));
  if (answer.fault.code == ErrorCode::ok) return;
  count_refused(answer.fault.code);
  const Membership* membership = connection.membership(answer.room);
  ShardContext::Refused refused{.request = "publish", .event = answer.event};
  if (membership != nullptr) {
    refused.room_id = membership->local->id;
    refused.pattern = membership->local->rules->definition.id;
  }
  if (answer.trace) refused.traceparent = answer.trace->traceparent;
  context_.note_refused(connection, refused, answer.fault);
}

void PublishIntake::count_refused(ErrorCode code) const {
  using metrics::Metric, metrics::LimitKind;
  metrics::MetricCells& metrics = context_.effects.metrics();
  metrics.count(Metric::publications_refused_total, metrics::index_of(code));
  if (code == ErrorCode::rate_limited) metrics.count(Metric::limit_hits_total, LimitKind::publish);
  if (code == ErrorCode::producer_in_flight) metrics.count(Metric::limit_hits_total, LimitKind::publications_in_flight);
}

void PublishIntake::publish(Connection& connection, const Frame& frame, std::span<char> payload, const Error* unreadable) {
  const std::string_view ext_text = unreadable != nullptr ? "0" : frame.ext;
  const std::uint64_t room = frame.integers[0], event = frame.integers[1], number = frame.integers[2];
  Membership* membership = connection.membership(room);
  const std::uint32_t shown_event =
      event >= 1 && event <= context_.config.catalogue.event_count() ? static_cast<std::uint32_t>(event - 1) : kNoEvent;
  const auto refuse_with = [&](Error fault, std::uint64_t wait_ms, const PublicationTracePtr& trace) {
    refuse_in_turn(connection, membership,
                   {connection.id, room, number, std::move(fault), {}, 0, wait_ms, false, shown_event, trace});
  };
  const auto refuse = [&](ErrorCode code, std::string argument, std::uint64_t wait_ms = 0) {
    refuse_with({code, std::move(argument), {}}, wait_ms, unfollowed(ext_of(nullptr, ext_text).traceparent));
  };
  if (membership == nullptr || membership->leaving) return refuse(ErrorCode::not_joined, {});
  if (membership->in_flight >= kPublishInFlightMax || connection.left_in_flight() >= kPublishInFlightMax)
    return refuse(ErrorCode::producer_in_flight, std::to_string(kPublishInFlightMax));

  if (connection.draining) return refuse(ErrorCode::draining, {});
  if (const std::uint64_t wait_ms = limited_for_ms(connection, *membership, payload.size()))
    return refuse(ErrorCode::rate_limited, {}, wait_ms);

  const bool is_volatile = is_known_volatile(context_.config.catalogue, event);
  const bool counted = connection.producer && (!is_volatile || number != 0);
  if (counted && number == 0) return refuse(ErrorCode::request_invalid, "producer_seq counts from 1");

  PublishExt ext = ext_of(counted ? connection.producer.get() : nullptr, ext_text);
  const PublicationTracePtr trace = trace_of(std::move(ext.traceparent), *membership->local, event);

  const std::shared_ptr<const Identity>& identity = connection.identity_in(*membership);
  std::shared_ptr<const std::string> producer = counted ? connection.producer : nullptr;
  if (ext.id && !counted) producer = std::make_shared<const std::string>(publication_key(identity->user_id, *ext.id));
  const std::string_view name = name_of(context_.config.catalogue, event);
  PayloadHash hash = hash_of(name, ext.id ? identity->user_id : "", payload, ext.deletes);
  if (EffectLog* effect_log = context_.effects.effect_log(); effect_log != nullptr && producer) hash = effect_log->hashed(hash);
  std::optional<Error> fault;
  if (unreadable != nullptr)
    fault = *unreadable;
  else if (const std::string_view why = why_invalid(ext, connection.producer != nullptr, counted, is_volatile); !why.empty())
    fault = Error{ErrorCode::request_invalid, std::string(why), {}};
  else
    fault = refusal(*identity, *membership->local, event, payload);
  if (!fault && ext.deletes) fault = deletion_fault(context_.config.catalogue, shown_event);
  end_step(trace, PublicationStep::validate, fault ? fault->code : ErrorCode::ok);
  if (fault && !counted) return refuse_with(std::move(*fault), 0, trace);

  Publish message{context_.address_of(connection), room, number, 0, std::move(producer), identity, {}, hash, nullptr};
  if (counted) message.mark = ext.mark.value_or(SendingMark{});
  message.received_ns = context_.effects.now().monotonic_ns;
  message.shown_event = shown_event;
  message.trace = trace;
  message.deletes = ext.deletes;
  message.membership = membership->ticket;
  message.takes_turn = !connection.producer;
  ++membership->in_flight;
  watch(connection, *membership);
  if (fault) {
    message.refused = std::make_unique<Error>(std::move(*fault));
    return middleware_.pass_refused(connection, std::move(message));
  }
  message.event = static_cast<std::uint32_t>(event - 1);
  message.payload.assign(payload.data(), payload.size());
  middleware_.pass(connection, *membership->local, std::move(message));
}

// The publisher is a member, so its flag decides whether the trace is sampled.
PublicationTracePtr PublishIntake::trace_of(std::string traceparent, const LocalRoom& room, std::uint64_t event) const {
  if (traceparent.empty()) return nullptr;
  PublicationTrace trace{std::move(traceparent), nullptr};
  const bool is_known = event >= 1 && event <= context_.config.catalogue.event_count();
  if (const auto& watch = context_.config.publication_watch; watch && is_known)
    trace.steps = watch->follow(trace.traceparent, room.rules->definition.id, name_of(context_.config.catalogue, event),
                                context_.effects.now().monotonic_ns);
  auto shared = std::make_shared<const PublicationTrace>(std::move(trace));
  end_step(shared, PublicationStep::accept);
  return shared;
}

// The order is the connection's and the room's: an earlier membership's answers come before those of the next one.
void PublishIntake::refuse_in_turn(Connection& connection, Membership* membership, PublishResponse&& refusal) {
  LeftPublications* const left = connection.left_in(refusal.room);
  const bool has_turn = (membership != nullptr && membership->in_flight > 0) || left != nullptr;
  if (refusal.producer_seq != 0 || !has_turn) return answer(connection, refusal);
  if ((membership != nullptr && membership->in_flight >= kPublishInFlightMax) ||
      connection.left_in_flight() >= kPublishInFlightMax) {
    refusal.fault = {ErrorCode::producer_in_flight, std::to_string(kPublishInFlightMax), {}};
    return answer(connection, refusal);
  }
  if (membership != nullptr) {
    ++membership->in_flight;
    watch(connection, *membership);
  } else {
    ++left->count;
  }
  Publish message{context_.address_of(connection), refusal.room, 0, 0, nullptr, connection.identity, {}, 0, nullptr};
  message.refused = std::make_unique<Error>(std::move(refusal.fault));
  message.retry_after_ms = refusal.retry_after_ms;
  message.shown_event = refusal.event;
  message.trace = std::move(refusal.trace);
  message.membership = membership != nullptr ? membership->ticket : left->ticket;
  message.takes_turn = !connection.producer;
  middleware_.pass_refused(connection, std::move(message));
}

std::uint64_t PublishIntake::limited_for_ms(const Connection& connection, const Membership& membership, std::size_t bytes) const {
  if (!connection.allowance) return 0;
  const LocalRoom& room = *membership.local;
  return connection.allowance->take(context_.config.definitions, room.id, room.rules->rate_limit, bytes,
                                    context_.effects.now().monotonic_ms);
}

std::optional<Error> PublishIntake::refusal(const Identity& identity, const LocalRoom& room, std::uint64_t event,
                                            std::span<char> payload) const {
  const CatalogueView& catalogue = context_.config.catalogue;
  if (event == 0 || event > catalogue.event_count()) return Error{ErrorCode::event_unknown, std::to_string(event), {}};
  const auto index = static_cast<std::uint32_t>(event - 1);
  const std::string_view name = catalogue.event(index).name;
  if (!room.rules->slot_of(index)) return Error{ErrorCode::event_not_allowed, std::string(name), {}};
  if (auto missing = missing_publish_right(room.rules->definition, room.id, name, identity))
    return Error{ErrorCode::forbidden, std::move(*missing), {}};
  return check_payload(context_.config, context_.effects, index, payload);
}

void PublishIntake::handle(PublishResponse&& publish_answer) {
  Connection* connection = context_.connections.find(publish_answer.to);
  if (connection == nullptr || connection->state != SessionState::ready) return;
  if (Membership* membership = connection->membership(publish_answer.room, publish_answer.membership)) {
    --membership->in_flight;
    membership->has_progress = true;
  } else {
    connection->answered_left(publish_answer.room, publish_answer.membership);
  }
  if (connection->has_returned && publish_answer.duplicate) context_.config.drain_watch->repeated();
  answer(*connection, publish_answer);
}

}  // namespace dialogue::core
