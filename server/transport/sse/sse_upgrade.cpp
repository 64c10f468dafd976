// Faults of the request itself are reported before any refusal that depends on the server's state.
#include "server/transport/sse/sse_upgrade.hpp"

#include <boost/beast/http/verb.hpp>
#include <iterator>
#include <utility>

#include "server/core/connection/hello.hpp"
#include "server/core/messages/frame_text.hpp"
#include "server/http/connection_admission.hpp"
#include "server/transport/sse/sse_answer.hpp"
#include "server/transport/sse/sse_handoff.hpp"
#include "server/transport/stream_texts.hpp"

namespace dialogue::transport {
namespace {

namespace beast_http = boost::beast::http;

constexpr const char* kLastEventId = "Last-Event-ID";

/// What is between the request and its connection.
struct SseGrant : http::UpgradeDetail {
  SseGrant(SseOpening its_opening, std::string second) : opening(std::move(its_opening)), second_message(std::move(second)) {}
  SseOpening opening;
  std::string second_message;
};

/// The last one, where a proxy or a client has given several.
std::optional<std::string_view> last_event_id(const http::RequestHeader& header) {
  const auto [first, last] = header.equal_range(kLastEventId);
  if (first == last) return std::nullopt;
  const auto value = std::prev(last)->value();
  return std::string_view(value.data(), value.size());
}

http::HttpResponse with_fields(http::HttpResponse answer, HttpFields fields) {
  answer.fields.insert(answer.fields.end(), fields.begin(), fields.end());
  return answer;
}

/// For pages that send a token in a header, by fetch (Fetch standard, section 3.2).
http::HttpResponse preflight(HttpFields cors) {
  cors.emplace_back("Access-Control-Allow-Methods", "GET, HEAD");
  cors.emplace_back("Access-Control-Allow-Headers", "Authorization, Last-Event-ID, Cache-Control");
  cors.emplace_back("Access-Control-Max-Age", "600");
  return {.status = kNoContent, .fields = std::move(cors)};
}

ErrorCode code_of(const http::Refused& refused, bool draining) {
  if (draining) return ErrorCode::draining;
  return refused.status == 429 ? ErrorCode::rate_limited : ErrorCode::server_full;
}

}  // namespace

bool SseUpgrade::is_wanted(const http::RequestHeader&, const http::CheckedRequest& request) const {
  return request.path == limits_.path;
}

// What a JOIN would be refused for, in every room alike.
std::variant<SseRequest, std::string> SseUpgrade::read(const http::RequestHeader& header,
                                                       const http::CheckedRequest& request) const {
  auto query = read_sse_request(request.query, last_event_id(header));
  const auto* asked = std::get_if<SseRequest>(&query);
  if (asked == nullptr) return query;
  const auto sentence = [](const core::Error& fault) { return core::error_message(fault.code, fault.argument); };
  if (!asked->filter.empty()) {
    const auto filter = core::EventFilter::read(asked->filter, filter_fields_);
    if (const auto* fault = std::get_if<core::Error>(&filter)) return sentence(*fault);
  }
  const auto options = core::read_join_options(catalogue_, sse_join_options(*asked));
  if (const auto* fault = std::get_if<core::Error>(&options)) return sentence(*fault);
  return query;
}

std::variant<http::Upgrade, http::UpgradeRefusal> SseUpgrade::judge(const http::HttpContext& context,
                                                                    const http::RequestHeader& header,
                                                                    const http::CheckedRequest& request,
                                                                    const http::RequestSource& source, bool draining,
                                                                    core::Time now) const {
  const api::PageOrigin origin = http::page_origin(context, header, source);
  if (origin == api::PageOrigin::foreign) return http::UpgradeRefusal{http::Refused{kForbidden, http::kForeignOrigin}};
  const HttpFields cors = cors_fields(http::origin_of(header));
  if (header.method() == beast_http::verb::options) return http::UpgradeRefusal{{}, preflight(cors)};
  if (header.method() == beast_http::verb::head) return http::UpgradeRefusal{{}, sse_head_only(cors)};
  if (header.method() != beast_http::verb::get) {
    http::HttpResponse answer = with_fields(http::problem(kMethodNotAllowed, "A push stream requires GET."), cors);
    answer.fields.emplace_back("Allow", "GET, HEAD, OPTIONS");
    return http::UpgradeRefusal{{}, std::move(answer)};
  }
  auto query = read(header, request);
  if (const auto* fault = std::get_if<std::string>(&query))
    return http::UpgradeRefusal{{kBadRequest, "The query of a push stream is not valid."},
                                with_fields(http::problem(kBadRequest, *fault), cors)};
  SseRequest& asked = std::get<SseRequest>(query);
  const std::uint64_t digest = sse_request_digest(request.query, http::authorization_of(header));
  if (asked.resume && asked.resume->ended == digest)
    return http::UpgradeRefusal{{}, http::HttpResponse{.status = kNoContent, .fields = cors}};

  auto admitted = http::admit_connection(context, header, request, source, origin, TransportKind::sse, draining, now);
  if (const auto* refused = std::get_if<http::Refused>(&admitted))
    return http::UpgradeRefusal{*refused, sse_refusal(code_of(*refused, draining), refused->why, refused->retry_after_ms, cors)};
  http::Upgrade& granted = std::get<http::Upgrade>(admitted);
  const auto unix_s = static_cast<std::int64_t>(now.unix_ms / core::kMsPerSecond);
  SseFrames frames = sse_frames(asked, catalogue_.fingerprint());
  granted.first_message = std::move(frames.first);
  granted.detail = std::make_unique<SseGrant>(
      SseOpening{sse_head(cors, unix_s), cors, unix_s, limits_.retry_ms, std::move(asked), digest}, std::move(frames.second));
  return std::move(granted);
}

std::unique_ptr<Handoff> SseUpgrade::make(net::ByteStream stream, net::AdmissionGuard admission, http::Upgrade granted,
                                          std::string) const {
  auto& grant = static_cast<SseGrant&>(*granted.detail);
  return std::make_unique<SseHandoff>(std::move(stream), std::move(admission), std::move(granted.peer), std::move(grant.opening),
                                      SseFrames{std::move(*granted.first_message), std::move(grant.second_message)}, limits_,
                                      texts_);
}

}  // namespace dialogue::transport
