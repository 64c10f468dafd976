// See web_request.hpp.
#include "server/push/web_request.hpp"

#include "server/push/web/web_message.hpp"

namespace dialogue::push {

namespace beast_http = boost::beast::http;

std::optional<http_client::HttpRequest> web_request(const Device& device, const Endpoint& endpoint, const Job& job,
                                                    const std::string& authorization, std::uint64_t now_ms) {
  const auto recipient = Recipient::of(device.p256dh, device.auth);
  if (!recipient || job.text.size() > kWebTextBytesMax) return std::nullopt;
  http_client::HttpRequest request;
  request.method(beast_http::verb::post);
  request.target(endpoint.url.target);
  request.set(beast_http::field::authorization, authorization);
  request.set(beast_http::field::content_encoding, "aes128gcm");
  request.set(beast_http::field::content_type, "application/octet-stream");
  request.set("TTL", std::to_string(job.expires_ms > now_ms ? (job.expires_ms - now_ms) / 1'000 : 0));
  request.set("Urgency", job.urgency);
  if (!job.topic.empty()) request.set("Topic", job.topic);
  request.body() = encrypt_web_message(*recipient, job.text, WebSeal::random(), padded_size(job.text.size()));
  return request;
}

}  // namespace dialogue::push
