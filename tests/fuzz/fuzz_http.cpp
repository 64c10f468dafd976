// Any bytes as an HTTP request: through the scan of the head, Beast's parser, our checks, and the router. What was decided on the
// first bytes stays decided, what passed has one reading, and nothing of a request ends up in the head of an answer.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "server/http/request/http_head.hpp"
#include "server/http/response/http_router.hpp"
#include "server/transport/websocket/websocket_handshake.hpp"
#include "tests/server/http/request/request_verdict.hpp"

using namespace dialogue;
using namespace dialogue::http;
using namespace dialogue::transport;
using namespace dialogue::test;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

const HttpRouter& router() {
  static const HttpRouter instance = [] {
    StaticFiles files;
    files.add("/index.html", "<p>hi");
    files.add("/a b.txt", "text");
    files.add("/sub/", "sub");
    return HttpRouter(std::move(files), "default-src 'self'", "/dialogue");
  }();
  return instance;
}

void check_scan(std::string_view text) {
  const HttpLimits limits;
  const HttpHead whole = find_head(text, limits);
  for (const std::size_t size : {text.size() / 2, text.size() - text.size() / 4, text.empty() ? 0 : text.size() - 1}) {
    const std::string prefix(text.substr(0, size));  // a copy, so that a step outside is seen
    const HttpHead part = find_head(prefix, limits);
    if (part.size != 0 || part.status != 0) require(part.size == whole.size && part.status == whole.status);
  }
  require(whole.size <= limits.header_bytes_max);
}

/// A handshake that sees the bytes come in two parts decides as one that sees them at once.
void check_resumed(std::string_view text, const ParsedRequest& whole) {
  HandshakeFsm fsm(kUsualRules, {}, {});
  fsm.admitted(std::nullopt);
  auto step = fsm.resume(text.substr(0, text.size() / 2));
  if (step.action == HandshakeFsm::Action::read) step = fsm.resume(text);
  require(step.refused.status == whole.status && (step.consumed > 0) == whole.complete);
}

void check_passed(const ParsedRequest& request) {
  namespace beast_http = boost::beast::http;
  const RequestHeader& header = request.header();
  require(request.checked.path == "*" || request.checked.path.starts_with('/'));
  require(header.count(beast_http::field::host) <= 1);
  require(header.count(beast_http::field::transfer_encoding) + header.count(beast_http::field::content_length) <= 1);
  if (wants_websocket(header)) (void)check_handshake(header);
  (void)check_origin(header, "http", {});
  (void)is_forwarded(header);
  (void)query_token(request.checked.query);

  const std::string head = response_head(router().answer(header, request.checked, false), true, 0);
  require(head.find("\r\n\r\n") == head.size() - 4);
  require(head.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_scan(text);
  const ParsedRequest request(text);
  check_resumed(text, request);
  if (request.complete && request.status == 0) check_passed(request);
  return 0;
}
