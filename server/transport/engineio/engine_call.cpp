// See engine_call.hpp.
#include "server/transport/engineio/engine_call.hpp"

#include "server/core/messages/frame_text.hpp"
#include "server/core/util/time.hpp"
#include "server/loop/shard_loop.hpp"
#include "server/transport/engineio/engine_table.hpp"
#include "server/transport/stream_texts.hpp"

namespace dialogue::transport {
namespace {

constexpr std::uint64_t kPollPatienceMs = 5'000;  ///< beyond what a poll may wait

void add_cors(std::vector<std::pair<std::string_view, std::string>>& fields, std::string_view origin) {
  if (!origin.empty()) fields.emplace_back("Access-Control-Allow-Origin", origin);
  fields.emplace_back("Vary", "Origin");
}

}  // namespace

http::HttpResponse engine_refusal(EngineFault fault, std::string_view origin) {
  http::HttpResponse answer{.status = fault == EngineFault::forbidden ? kForbidden : kBadRequest,
                            .fields = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
                            .body = std::make_shared<const std::string>(engine_fault_text(fault))};
  if (fault != EngineFault::forbidden) add_cors(answer.fields, origin);
  return answer;
}

// The protocol has no code of its own for it.
http::HttpResponse engine_unavailable(std::string_view origin, const http::Refused& why) {
  http::HttpResponse answer = engine_refusal(EngineFault::bad_request, origin);
  answer.status = why.status;
  answer.body = std::make_shared<const std::string>(engine_fault_text(EngineFault::bad_request, why.why));
  const std::uint64_t retry_ms = why.retry_after_ms > 0 ? why.retry_after_ms : kNoSessionNow.retry_after_ms;
  answer.fields.emplace_back("Retry-After", std::to_string((retry_ms + core::kMsPerSecond - 1) / core::kMsPerSecond));
  return answer;
}

http::HttpResponse engine_too_large(std::string_view origin, std::size_t bytes_max) {
  http::HttpResponse answer = engine_refusal(EngineFault::bad_request, origin);
  answer.status = kTooLarge;
  const std::string why = core::error_message(ErrorCode::frame_too_large, std::to_string(bytes_max));
  answer.body = std::make_shared<const std::string>(engine_fault_text(EngineFault::bad_request, why));
  return answer;
}

http::HttpResponse engine_preflight(std::string_view origin) {
  http::HttpResponse answer{.status = kNoContent, .fields = {}};
  add_cors(answer.fields, origin);
  answer.fields.emplace_back("Access-Control-Allow-Methods", "GET, POST");
  answer.fields.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type");
  answer.fields.emplace_back("Access-Control-Max-Age", "600");
  return answer;
}

http::HttpResponse engine_payload(std::string payload, std::string_view origin) {
  http::HttpResponse answer{
      .status = 200,
      .fields = {{"Content-Type", "text/plain; charset=UTF-8"}, {"Cache-Control", "no-store, no-transform"}},
      .body = std::make_shared<const std::string>(std::move(payload))};
  add_cors(answer.fields, origin);
  return answer;
}

EngineCall::EngineCall(Kind kind, std::string sid, std::string body, std::string origin, std::string page, loop::ShardLoop& to,
                       const EngineLimits& limits, EngineTables& tables)
    : kind_(kind),
      sid_(std::move(sid)),
      body_(std::move(body)),
      origin_(std::move(origin)),
      page_(std::move(page)),
      to_(to),
      limits_(limits),
      tables_(tables),
      token_(kind == Kind::poll ? std::make_shared<const char>('p') : nullptr) {}

// Its loop has stopped, or drains.
EngineCall::~EngineCall() {
  if (respond_) respond_(engine_unavailable(origin_));
}

void EngineCall::respond(http::HttpResponse response) {
  if (const http::Responder respond = take_respond()) respond(std::move(response));
}

std::uint64_t EngineCall::wait_ms() const { return limits_.ping_interval_ms + limits_.ping_timeout_ms + kPollPatienceMs; }

std::function<void()> EngineCall::on_peer_left() {
  if (kind_ != Kind::poll) return {};
  return [&to = to_, &tables = tables_, sid = sid_, token = std::weak_ptr(token_)] {
    to.post(std::function<void()>([&to, &tables, sid, token] { tables.of(to).cancel_poll(sid, token.lock()); }));
  };
}

void EngineCall::open(loop::ShardLoop& loop) { tables_.of(loop).serve(*this); }

}  // namespace dialogue::transport
