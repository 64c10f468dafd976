// A signed request to the backend. docs/guides/hooks.md says how a backend checks the signature. Used by one thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/http_client/http_connection.hpp"
#include "server/trace/tracer.hpp"

namespace dialogue::webhooks {

inline constexpr std::string_view kHookSignatureField = "Dialogue-Signature";
inline constexpr std::string_view kHookIdField = "Dialogue-Hook-Id";

/// "t=<unix_s>,v1=<hex>", the hex being HMAC-SHA256 with `secret` over "<unix_s>.<body>".
[[nodiscard]] std::string hook_signature(std::string_view secret, std::uint64_t unix_s, std::string_view body);

/// Numbers that no other request of any process has.
class HookRequestIds {
 public:
  HookRequestIds();
  [[nodiscard]] std::string next() { return prefix_ + std::to_string(++count_); }

 private:
  std::string prefix_;  ///< of chance
  std::uint64_t count_ = 0;
};

/// Returns a POST of the body, signed with the current time.
[[nodiscard]] http_client::HttpRequest hook_request(std::string_view secret, std::string_view request_id, std::string body);

/// Begins the trace of a request that is about to be sent, and adds the trace's context to it. Returns null without a tracer.
[[nodiscard]] trace::TracePtr trace_request(const trace::Tracer* tracer, std::string_view name, std::size_t hooks,
                                            http_client::HttpRequest& request);
/// Ends the trace with the request's outcome.
void end_trace(const trace::TracePtr& traced, const http_client::HttpOutcome& outcome);

}  // namespace dialogue::webhooks
