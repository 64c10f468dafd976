// A handler may answer before the source returns it: then the call is over already, and the handler is still notified of that.
#include "server/embed/exchange/api_calls.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/effects/payload_check.hpp"
#include "server/core/messages/frame_text.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue {
namespace {

constexpr std::size_t kApiCallKeyBytesMax = 64;
constexpr std::uint64_t kNoDeadlineMs = 60'000;  ///< until the next look, where nothing is due

api::RemoteCallAnswer refused_call(core::Error fault) {
  api::RemoteCallAnswer answer;
  answer.fault = std::move(fault);
  return answer;
}

}  // namespace

void ApiCalls::configure(host::ServerConfig& server_config) {
  if (definitions_.calls.empty()) return;
  catalogue_bytes_ = server_config.shard.catalogue_bytes;
  set_catalogue(*CatalogueView::parse(catalogue_bytes_), server_config.shard.limits.message_bytes_max);
  server_config.api.make_call = [this](api::RemoteCall what, auto done) { make(std::move(what), std::move(done)); };
}

void ApiCalls::set_catalogue(CatalogueView catalogue, std::size_t message_bytes_max) {
  catalogue_ = catalogue;
  message_bytes_max_ = message_bytes_max;
}

void ApiCalls::open() {
  thread_.emplace(now_ms_, [this] { return end_due(); });
  const std::lock_guard lock(table_->mutex);
  table_->refuses = ErrorCode::ok;
}

void ApiCalls::stop() {
  std::map<std::uint64_t, Waiting> left;
  {
    const std::lock_guard lock(table_->mutex);
    table_->refuses = ErrorCode::draining;
    left.swap(table_->waiting);
  }
  for (auto& [number, waiting] : left) end(std::move(waiting), {ErrorCode::draining, {}, {}});
  thread_.reset();
  std::unique_lock lock(table_->mutex);
  table_->settled.wait(lock, [this] { return table_->answering == 0; });
}

std::size_t ApiCalls::under_way() const {
  const std::lock_guard lock(table_->mutex);
  return table_->waiting.size();
}

std::optional<core::Error> ApiCalls::fault_in(std::string_view entry, std::string& json) const {
  const auto index = catalogue_.find_entry(entry);
  if (!index) return core::Error{ErrorCode::call_unknown, std::string(entry), {}};
  return core::payload_fault(catalogue_, message_bytes_max_, *index, json);
}

std::optional<core::Error> ApiCalls::refusal(api::RemoteCall& what, std::uint32_t& call) const {
  const auto& calls = definitions_.calls;
  const auto found =
      std::find_if(calls.begin(), calls.end(), [&what](const CallDefinition& each) { return each.name == what.name; });
  if (found == calls.end()) return core::Error{ErrorCode::call_unknown, what.name, {}};
  if (found->kind != CallKind::call)
    return core::Error{ErrorCode::request_invalid, what.name + " is a stream, which a client opens", {}};
  if (!what.key.empty() && !found->is_idempotent)
    return core::Error{ErrorCode::request_invalid, "only an idempotent call has an Idempotency-Key", {}};
  if (!what.key.empty() && (what.key.size() > kApiCallKeyBytesMax || !is_name(what.key)))
    return core::Error{ErrorCode::request_invalid, "Idempotency-Key is 1 to 64 of A-Z a-z 0-9 _ - . : @ ~", {}};
  call = static_cast<std::uint32_t>(found - calls.begin());
  auto fault = fault_in(what.name, what.request);
  if (fault && fault->path.starts_with('$')) fault->path.insert(1, ".data");
  return fault;
}

void ApiCalls::make(api::RemoteCall what, std::function<void(api::RemoteCallAnswer)> done) {
  Waiting waiting;
  if (auto fault = refusal(what, waiting.call)) return done(refused_call(*std::move(fault)));
  const CallDefinition& definition = definitions_.calls[waiting.call];
  const std::uint64_t longest_ms =
      std::min(definition.timeout_ms != 0 ? definition.timeout_ms : kCallTimeoutMs, kApiCallTimeoutMaxMs);
  waiting.timeout_ms = what.timeout_ms == 0 ? longest_ms : std::min(what.timeout_ms, longest_ms);
  waiting.due_ms = now_ms_() + waiting.timeout_ms;
  auto identity = std::make_shared<core::Identity>();
  identity->user_id = std::move(what.from);
  core::ExchangeQuestion question{waiting.call, definition.name,    identity, {}, std::move(what.request), std::move(what.key),
                                  {},           waiting.timeout_ms, 0};
  ErrorCode refusal_code = ErrorCode::ok;
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(table_->mutex);
    refusal_code =
        table_->refuses == ErrorCode::ok && table_->waiting.size() >= kApiCallsMax ? ErrorCode::too_many_calls : table_->refuses;
    if (refusal_code == ErrorCode::ok) {
      number = next_++;
      waiting.done = std::move(done);
      table_->waiting.emplace(number, std::move(waiting));
      thread_->post([] {});  // the next deadline may be sooner
    }
  }
  if (refusal_code != ErrorCode::ok)
    return done(refused_call({refusal_code, refusal_code == ErrorCode::too_many_calls ? std::to_string(kApiCallsMax) : "", {}}));
  const auto reply = [this, table = table_, number](core::ExchangeReply said) {
    auto* const result = std::get_if<core::ExchangeResult>(&said);
    auto waits = result == nullptr ? std::nullopt : table->take(number);
    if (!waits) return;
    answer(*std::move(waits), std::move(*result));
    table->settle();
  };
  auto handler = source_(std::move(question), reply);
  if (handler == nullptr) return reply(core::ExchangeResult{ErrorCode::handler_unavailable, definition.name, {}, 0});
  {
    const std::lock_guard lock(table_->mutex);
    if (const auto found = table_->waiting.find(number); found != table_->waiting.end()) {
      found->second.handler = std::move(handler);
      return;
    }
  }
  handler->take(core::ExchangeEnded{ErrorCode::ok});
}

std::optional<ApiCalls::Waiting> ApiCalls::Table::take(std::uint64_t number) {
  const std::lock_guard lock(mutex);
  const auto found = waiting.find(number);
  if (found == waiting.end()) return std::nullopt;
  Waiting taken = std::move(found->second);
  waiting.erase(found);
  ++answering;
  return taken;
}

void ApiCalls::Table::settle() {
  {
    const std::lock_guard lock(mutex);
    --answering;
  }
  settled.notify_all();
}

void ApiCalls::answer(Waiting&& waiting, core::ExchangeResult&& result) const {
  if (waiting.handler) waiting.handler->take(core::ExchangeEnded{ErrorCode::ok});
  waiting.done(answer_of(waiting.call, std::move(result)));
}

api::RemoteCallAnswer ApiCalls::answer_of(std::uint32_t call, core::ExchangeResult&& result) const {
  const std::string& name = definitions_.calls[call].name;
  const auto is_valid = [&](const std::string& entry) {
    const auto fault = fault_in(entry, result.json);
    if (!fault) return true;
    const bool is_undeclared = fault->code == ErrorCode::call_unknown;
    JsonText fields;
    fields.text("call", name);
    if (is_undeclared)
      fields.text("error", result.error);
    else
      fields.text("code", error_name(fault->code))
          .text("path", fault->path)
          .text("message", core::error_message(fault->code, fault->argument));
    log_({core::LogLevel::error, is_undeclared ? "handler_error_undeclared" : "handler_value_invalid", fields.take()});
    return false;
  };
  api::RemoteCallAnswer answer;
  answer.fault = {result.code, result.error, {}};
  answer.retry_after_ms = result.retry_after_ms;
  if (result.code == ErrorCode::call_failed && result.json.empty()) result.json = "null";
  const bool has_value = result.code == ErrorCode::ok || result.code == ErrorCode::call_failed;
  const std::string entry =
      name + (result.code == ErrorCode::ok ? std::string(kAnswerEntry) : std::string(kErrorEntry) + result.error);
  if (has_value && !is_valid(entry)) return refused_call({ErrorCode::handler_failed, {}, {}});
  if (result.code == ErrorCode::call_failed) answer.error = std::move(result.error);
  if (has_value) answer.json = std::move(result.json);
  return answer;
}

void ApiCalls::end(Waiting&& waiting, const core::Error& reason) const {
  if (waiting.handler) waiting.handler->take(core::ExchangeEnded{reason.code});
  waiting.done(refused_call(reason));
}

std::uint64_t ApiCalls::end_due() {
  const std::uint64_t now_ms = now_ms_();
  std::uint64_t next_ms = now_ms + kNoDeadlineMs;
  std::vector<Waiting> due;
  {
    const std::lock_guard lock(table_->mutex);
    for (auto each = table_->waiting.begin(); each != table_->waiting.end();) {
      if (each->second.due_ms > now_ms) {
        next_ms = std::min(next_ms, each->second.due_ms);
        ++each;
        continue;
      }
      due.push_back(std::move(each->second));
      each = table_->waiting.erase(each);
    }
  }
  for (Waiting& each : due) {
    const std::uint64_t timeout_ms = each.timeout_ms;
    end(std::move(each), {ErrorCode::call_timeout, std::to_string(timeout_ms), {}});
  }
  return next_ms;
}

}  // namespace dialogue
