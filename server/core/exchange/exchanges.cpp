// Each way to the end of an exchange goes through end(): the handler learns of it there, once.
#include "server/core/exchange/exchanges.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "server/core/access/access.hpp"
#include "server/core/effects/payload_check.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/core/util/envelope_object.hpp"
#include "shared/base/names.hpp"
#include "shared/base/traceparent.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kCallKeyBytesMax = 64;

struct CallExt {
  std::string key, traceparent;
};

/// Reads the `ext` of CALL; returns no value if it is malformed. A malformed trace is ignored, as its standard requires.
std::optional<CallExt> read_call_ext(std::string_view ext) {
  CallExt found;
  if (ext == "0") return found;
  bool has_key = false;
  const auto fault = read_envelope_object(ext, [&](const std::string& name, JsonReader& value) {
    if (name == "key") {
      has_key = true;
      return read_bounded(value, kCallKeyBytesMax, found.key);
    }
    if (name == "trace" && value.peek() == '"') return value.read_string(found.traceparent);
    return value.skip();
  });
  if (fault || (has_key && !is_name(found.key))) return std::nullopt;
  if (!read_traceparent(found.traceparent)) found.traceparent.clear();
  return found;
}

std::uint64_t timeout_of(const CallDefinition& definition, std::uint64_t asked_ms) {
  const bool is_stream = definition.kind != CallKind::call;
  const std::uint64_t longest_ms = definition.timeout_ms != 0 ? definition.timeout_ms : is_stream ? 0 : kCallTimeoutMs;
  if (asked_ms == 0) return longest_ms;
  return longest_ms == 0 ? std::min(asked_ms, kCallTimeoutMaxMs) : std::min(asked_ms, longest_ms);
}

}  // namespace

Exchanges::Exchanges(const ShardContext& context) : context_(context) {
  const CatalogueView& catalogue = context.config.catalogue;
  const auto entry = [&catalogue](const std::string& name) { return catalogue.find_entry(name).value_or(kNoEvent); };
  call_of_.resize(catalogue.event_count());
  for (const CallDefinition& definition : context.config.definitions.calls) {
    entries_.push_back({entry(definition.name + std::string(kAnswerEntry)), entry(definition.name + std::string(kWriteEntry))});
    if (const auto at = catalogue.find_entry(definition.name)) call_of_[*at] = static_cast<std::uint32_t>(entries_.size());
  }
}

Exchange* Exchanges::find(Connection& connection, std::uint64_t number) {
  if (!connection.exchanges) return nullptr;
  const auto found = connection.exchanges->by_number.find(number);
  return found == connection.exchanges->by_number.end() ? nullptr : &found->second;
}

std::optional<Error> Exchanges::call(Connection& connection, const Frame& frame, std::span<char> payload,
                                     const Error* unreadable) {
  const std::uint64_t number = frame.integers[0], entry = frame.integers[1], window = frame.integers[3];
  if (find(connection, number) != nullptr) return Error{ErrorCode::frame_malformed, {}, {}};
  const auto refused = [&](const Error& fault, std::uint64_t wait_ms = 0) {
    refuse(connection, number, fault, wait_ms);
    return std::optional<Error>();
  };
  if (unreadable != nullptr) return refused(*unreadable);
  const std::uint32_t known = entry >= 1 && entry <= call_of_.size() ? call_of_[static_cast<std::size_t>(entry - 1)] : 0;
  if (known == 0 && entry != 0) return refused({ErrorCode::call_unknown, std::to_string(entry), {}});
  const bool asks_heads = entry == 0 && is_heads_question({payload.data(), payload.size()});
  const std::uint32_t call = asks_heads ? kHeadsCall : entry == 0 ? kDocumentCall : known - 1;
  const CallDefinition& definition = definition_of(call);
  if (const std::uint64_t wait_ms = limited_for_ms(connection, call, definition))
    return refused({ErrorCode::rate_limited, {}, {}}, wait_ms);
  const auto ext = read_call_ext(frame.ext);
  ExchangeQuestion question;
  question.call = call;
  auto fault = refusal(connection, definition, entry, payload, question);
  if (!fault && !ext) fault = Error{ErrorCode::request_invalid, "ext: key is 1 to 64 of A-Z a-z 0-9 _ - . : @ ~", {}};
  if (!fault && !ext->key.empty() && !definition.is_idempotent)
    fault = Error{ErrorCode::request_invalid, "ext: only an idempotent call has a key", {}};
  if (!fault && window > kStreamWindowMax)
    fault = Error{ErrorCode::request_invalid, "the window is at most " + std::to_string(kStreamWindowMax), {}};
  if (fault) return refused(*fault);

  Exchange exchange;
  exchange.call = call;
  exchange.timeout_ms = timeout_of(definition, frame.integers[2]);
  exchange.granted = definition.kind == CallKind::call ? 0 : window;
  exchange.allowed = definition.kind == CallKind::duplex ? kStreamWindow : 0;
  exchange.has_finished = definition.kind != CallKind::duplex;
  question.name = definition.name;
  question.identity = connection.identity;
  question.session_id = connection.session_id.view();
  question.key = ext->key;
  question.traceparent = ext->traceparent;
  question.timeout_ms = exchange.timeout_ms;
  question.granted = exchange.granted;
  question.request.assign(payload.data(), payload.size());
  exchange.ticket = context_.effects.ask_exchange(connection.id, std::move(question));
  if (exchange.timeout_ms != 0) {
    exchange.deadline_ms = context_.effects.now().monotonic_ms + exchange.timeout_ms;
    due_.insert({exchange.deadline_ms, connection.id, number});
  }
  if (!connection.exchanges) connection.exchanges = std::make_unique<ExchangeBook>();
  if (definition.kind == CallKind::call) ++connection.exchanges->calls;
  connection.exchanges->number_of.emplace(exchange.ticket, number);
  connection.exchanges->by_number.emplace(number, exchange);
  return std::nullopt;
}

std::uint64_t Exchanges::limited_for_ms(Connection& connection, std::uint32_t call, const CallDefinition& definition) {
  if (!definition.rate_limit) return 0;
  if (!connection.exchanges) connection.exchanges = std::make_unique<ExchangeBook>();
  RateMeter& meter = connection.exchanges->meters[call];
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms, wait_ms = meter.wait_ms(*definition.rate_limit, now_ms);
  if (wait_ms == 0) meter.take(*definition.rate_limit, now_ms);
  return wait_ms;
}

std::optional<Error> Exchanges::refusal(Connection& connection, const CallDefinition& definition, std::uint64_t entry,
                                        std::span<char> payload, ExchangeQuestion& question) const {
  if (connection.draining) return Error{ErrorCode::draining, {}, {}};
  if (connection.exchanges && connection.exchanges->by_number.size() >= kCallsMax)
    return Error{ErrorCode::too_many_calls, std::to_string(kCallsMax), {}};
  if (auto missing = missing_call_right(definition, *connection.identity))
    return Error{ErrorCode::forbidden, std::move(*missing), {}};
  if (entry != 0) return check_payload(context_.config, context_.effects, static_cast<std::uint32_t>(entry - 1), payload);
  const std::string_view request{payload.data(), payload.size()};
  const auto keep = [](auto&& asked, auto& place) -> std::optional<Error> {
    if (auto* const fault = std::get_if<Error>(&asked)) return std::move(*fault);
    using Asked = typename std::remove_reference_t<decltype(place)>::element_type;
    place = std::make_shared<Asked>(std::get<Asked>(std::move(asked)));
    return std::nullopt;
  };
  if (question.call == kHeadsCall) return keep(read_heads_question(context_.config, connection, request), question.heads);
  return keep(read_document_question(connection, request), question.document);
}

void Exchanges::refuse(Connection& connection, std::uint64_t number, const Error& fault, std::uint64_t retry_after_ms) {
  if (fault.code == ErrorCode::rate_limited)
    context_.effects.metrics().count(metrics::Metric::limit_hits_total, metrics::LimitKind::call);
  context_.answer(connection, result_refusal_frame(number, fault, {}, retry_after_ms));
  context_.note_refused(connection, {.request = "call"}, fault);
}

void Exchanges::end(Connection& connection, std::uint64_t number, ErrorCode code) {
  ExchangeBook& book = *connection.exchanges;
  const auto found = book.by_number.find(number);
  const Exchange& exchange = found->second;
  context_.effects.tell_exchange(exchange.ticket, ExchangeEnded{code});
  if (exchange.deadline_ms != kNever) due_.erase({exchange.deadline_ms, connection.id, number});
  if (definition_of(exchange).kind == CallKind::call) --book.calls;
  book.number_of.erase(exchange.ticket);
  book.by_number.erase(found);
}

void Exchanges::end_refused(Connection& connection, std::uint64_t number, const Error& fault) {
  refuse(connection, number, fault);
  end(connection, number, fault.code);
}

void Exchanges::cancel(Connection& connection, const Frame& frame) {
  const std::uint64_t number = frame.integers[0];
  if (find(connection, number) == nullptr) return;
  context_.answer(connection, result_refusal_frame(number, {ErrorCode::aborted, {}, {}}));
  end(connection, number, ErrorCode::aborted);
}

void Exchanges::write(Connection& connection, const Frame& frame, std::span<char> payload, const Error* unreadable) {
  const std::uint64_t number = frame.integers[0];
  Exchange* exchange = find(connection, number);
  if (exchange == nullptr) return;
  if (unreadable != nullptr) return end_refused(connection, number, *unreadable);
  const auto invalid = [](std::string why) { return Error{ErrorCode::request_invalid, std::move(why), {}}; };
  if (exchange->has_finished) return end_refused(connection, number, invalid("WRITE: nothing more may be written"));
  if (frame.integers[1] != exchange->written + 1)
    return end_refused(connection, number, invalid("WRITE: " + std::to_string(exchange->written + 1) + " is the next number"));
  if (exchange->written >= exchange->allowed)
    return end_refused(connection, number,
                       invalid("WRITE: no more than " + std::to_string(exchange->allowed) + " is allowed yet"));
  if (!is_built_in(exchange->call))
    if (const auto fault = check_payload(context_.config, context_.effects, entries_[exchange->call].write, payload))
      return end_refused(connection, number, *fault);
  ++exchange->written;
  context_.effects.tell_exchange(exchange->ticket, ExchangeWrite{std::string(payload.data(), payload.size())});
}

void Exchanges::grant(Connection& connection, const Frame& frame) {
  const std::uint64_t number = frame.integers[0], up_to = frame.integers[1];
  Exchange* exchange = find(connection, number);
  if (exchange == nullptr || up_to <= exchange->granted) return;
  if (definition_of(*exchange).kind == CallKind::call || up_to - exchange->sent > kStreamWindowMax)
    return end_refused(
        connection, number,
        {ErrorCode::request_invalid, "GRANT: of a stream, at most " + std::to_string(kStreamWindowMax) + " items ahead", {}});
  exchange->granted = up_to;
  context_.effects.tell_exchange(exchange->ticket, ExchangeGrant{up_to});
}

void Exchanges::finish(Connection& connection, const Frame& frame) {
  Exchange* exchange = find(connection, frame.integers[0]);
  if (exchange == nullptr || std::exchange(exchange->has_finished, true)) return;
  context_.effects.tell_exchange(exchange->ticket, ExchangeFinish{});
}

void Exchanges::replied(Connection& connection, std::uint64_t ticket, ExchangeReply&& reply) {
  if (!connection.exchanges || connection.state != SessionState::ready) return;
  const auto found = connection.exchanges->number_of.find(ticket);
  if (found == connection.exchanges->number_of.end()) return;
  const std::uint64_t number = found->second;
  Exchange& exchange = *find(connection, number);
  if (auto* over = std::get_if<ExchangeResult>(&reply)) return result(connection, number, exchange, std::move(*over));
  if (auto* next = std::get_if<ExchangeItem>(&reply)) return item(connection, number, exchange, std::move(*next));
  const std::uint64_t up_to = std::get<ExchangeAllow>(reply).up_to;
  if (exchange.has_finished || up_to <= exchange.allowed) return;
  exchange.allowed = up_to;
  context_.answer(connection, allow_frame(number, up_to));
}

bool Exchanges::is_valid(const Exchange& exchange, std::uint32_t entry, std::string& json) const {
  const auto fault = check_payload(context_.config, context_.effects, entry, json);
  if (!fault) return true;
  context_.effects.log(LogLevel::error, "handler_value_invalid",
                       {{"call", definition_of(exchange).name},
                        {"code", error_name(fault->code)},
                        {"path", fault->path},
                        {"message", error_message(fault->code, fault->argument)}});
  return false;
}

void Exchanges::result(Connection& connection, std::uint64_t number, Exchange& exchange, ExchangeResult&& result) {
  const CallDefinition& definition = definition_of(exchange);
  if (result.code == ErrorCode::ok) {
    if (definition.kind != CallKind::call) result.json = "{}";
    if (definition.kind == CallKind::call && !is_valid(exchange, entries_[exchange.call].answer, result.json))
      return end_refused(connection, number, {ErrorCode::handler_failed, {}, {}});
    context_.answer(connection, result_frame(number, result.json));
    return end(connection, number, ErrorCode::ok);
  }
  Error fault{result.code, result.error, {}};
  if (result.code == ErrorCode::call_failed) {
    const auto entry = context_.config.catalogue.find_entry(definition.name + std::string(kErrorEntry) + result.error);
    if (result.json.empty()) result.json = "null";
    if (!entry || !is_valid(exchange, *entry, result.json)) {
      if (!entry)
        context_.effects.log(LogLevel::error, "handler_error_undeclared", {{"call", definition.name}, {"error", result.error}});
      return end_refused(connection, number, {ErrorCode::handler_failed, {}, {}});
    }
    context_.answer(connection, result_refusal_frame(number, fault, result.json));
    return end(connection, number, ErrorCode::ok);
  }
  refuse(connection, number, fault, result.retry_after_ms);
  end(connection, number, ErrorCode::ok);
}

void Exchanges::item(Connection& connection, std::uint64_t number, Exchange& exchange, ExchangeItem&& item) {
  const bool is_granted = definition_of(exchange).kind != CallKind::call && exchange.sent < exchange.granted;
  if (!is_granted) context_.effects.log(LogLevel::error, "handler_item_not_granted", {{"call", definition_of(exchange).name}});
  if (!is_granted || (!is_built_in(exchange.call) && !is_valid(exchange, entries_[exchange.call].answer, item.json)))
    return end_refused(connection, number, {ErrorCode::handler_failed, {}, {}});
  context_.answer(connection, item_frame(number, ++exchange.sent, item.json));
}

void Exchanges::end_heads(Connection& connection) {
  if (!connection.exchanges) return;
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, exchange] : connection.exchanges->by_number)
    if (exchange.call == kHeadsCall) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  for (const std::uint64_t number : numbers)
    end_refused(connection, number, {ErrorCode::handler_unavailable, std::string(kHeadsStream), {}});
}

void Exchanges::end_all(Connection& connection) {
  if (!connection.exchanges) return;
  while (!connection.exchanges->by_number.empty())
    end(connection, connection.exchanges->by_number.begin()->first, ErrorCode::connection_lost);
  connection.exchanges.reset();
}

std::uint64_t Exchanges::tick() {
  const std::uint64_t now_ms = context_.effects.now().monotonic_ms;
  while (!due_.empty() && std::get<0>(*due_.begin()) <= now_ms) {
    const auto [deadline_ms, id, number] = *due_.begin();
    Connection& connection = *context_.connections.find(id);
    const std::uint64_t timeout_ms = find(connection, number)->timeout_ms;
    end_refused(connection, number, {ErrorCode::call_timeout, std::to_string(timeout_ms), {}});
  }
  return due_.empty() ? kNever : std::get<0>(*due_.begin());
}

}  // namespace dialogue::core
