// See hook_request.hpp. The HMAC is OpenSSL's.
#include "server/webhooks/hook_request.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <chrono>
#include <random>
#include <utility>
#include <variant>

#include "shared/base/hex.hpp"

namespace dialogue::webhooks {
namespace {

namespace beast_http = boost::beast::http;

std::uint64_t unix_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace

std::string hook_signature(std::string_view secret, std::uint64_t unix_s, std::string_view body) {
  const std::string time = std::to_string(unix_s);
  const std::string signed_text = time + "." + std::string(body);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const std::uint8_t*>(signed_text.data()),
       signed_text.size(), digest.data(), &size);
  std::string signature = "t=" + time + ",v1=";
  for (unsigned i = 0; i < size; ++i) append_hex(signature, digest[i], 2);
  return signature;
}

HookRequestIds::HookRequestIds() {
  std::random_device chance;
  constexpr int kBytes = 16;
  for (int i = 0; i < kBytes; ++i) append_hex(prefix_, static_cast<std::uint8_t>(chance()), 2);
  prefix_ += '-';
}

http_client::HttpRequest hook_request(std::string_view secret, std::string_view request_id, std::string body) {
  http_client::HttpRequest request;
  request.method(beast_http::verb::post);
  request.set(beast_http::field::content_type, "application/json");
  request.set(beast_http::field::accept, "application/json");
  request.set(boost::beast::string_view(kHookIdField.data(), kHookIdField.size()),
              boost::beast::string_view(request_id.data(), request_id.size()));
  request.set(boost::beast::string_view(kHookSignatureField.data(), kHookSignatureField.size()),
              hook_signature(secret, unix_seconds(), body));
  request.body() = std::move(body);
  return request;
}

trace::TracePtr trace_request(const trace::Tracer* tracer, std::string_view name, std::size_t hooks,
                              http_client::HttpRequest& request) {
  if (tracer == nullptr) return nullptr;
  trace::TracePtr traced = tracer->begin(std::string(name), trace::SpanKind::client);
  traced->set_attribute("http.request.method", std::string("POST"));
  traced->set_attribute("dialogue.hooks", static_cast<std::int64_t>(hooks));
  const std::string parent = traced->traceparent();
  request.set(boost::beast::string_view(trace::kTraceparentField.data(), trace::kTraceparentField.size()), parent);
  return traced;
}

void end_trace(const trace::TracePtr& traced, const http_client::HttpOutcome& outcome) {
  if (!traced) return;
  if (const auto* fault = std::get_if<http_client::HttpError>(&outcome))
    return traced->end(trace::SpanStatus::error, fault->words);
  const unsigned status = std::get<http_client::HttpClientResponse>(outcome).result_int();
  constexpr unsigned kFailures = 400;
  traced->set_attribute("http.response.status_code", static_cast<std::int64_t>(status));
  traced->end(status >= kFailures ? trace::SpanStatus::error : trace::SpanStatus::unset);
}

}  // namespace dialogue::webhooks
