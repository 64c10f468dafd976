// A transport whose connections live apart from sockets: each request with a body is passed on to its connection, at the loop
// where that lives, and is answered from there. The HTTP side knows such transports by this alone; server/host registers them.
// Functions of RequestTransport are safe on any loop's thread; a RequestCall has one owner.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "server/http/request/http_check.hpp"
#include "server/http/response/http_response.hpp"
#include "server/http/transport_upgrade.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/handoff.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::http {

struct HttpContext;

/// Takes the response to one request, once; on any thread.
class Responder {
 public:
  Responder() = default;
  /// `asker` expires when the response is not needed any more.
  Responder(std::function<void(HttpResponse)> respond, std::weak_ptr<const void> asker)
      : respond_(std::move(respond)), asker_(std::move(asker)) {}

  void operator()(HttpResponse response) const { respond_(std::move(response)); }
  explicit operator bool() const { return respond_ != nullptr; }
  /// False once the peer has gone, or was answered for want of time.
  [[nodiscard]] bool is_awaited() const { return !asker_.expired(); }

 private:
  std::function<void(HttpResponse)> respond_;
  std::weak_ptr<const void> asker_;
};

/// A request on its way to its connection. open() serves it there; one that is dropped unserved is answered, too.
class RequestCall : public transport::Handoff {
 public:
  /// Where its connection lives, or is to live.
  [[nodiscard]] virtual loop::ShardLoop& destination() const = 0;
  /// Whether the socket goes along, since its response has no end yet: then take_socket() is called, else respond_by().
  [[nodiscard]] virtual bool takes_socket() const = 0;
  virtual void take_socket(net::ByteStream stream, net::AdmissionGuard admission) = 0;
  virtual void respond_by(Responder respond) = 0;
  /// The longest time that the response may take, in milliseconds.
  [[nodiscard]] virtual std::uint64_t wait_ms() const = 0;
  /// Returns a function to call if the peer disconnects before it has the response: once, on any thread. Empty: nothing is
  /// called.
  [[nodiscard]] virtual std::function<void()> on_peer_left() { return {}; }
};

class RequestTransport {
 public:
  struct Asked {
    const HttpContext& context;
    const RequestHeader& header;
    const CheckedRequest& request;
    RequestSource source;
    loop::ShardLoop& loop;  ///< that has read the request
  };

  virtual ~RequestTransport() = default;
  /// Whether a request that has passed check_request() is for it.
  [[nodiscard]] virtual bool is_wanted(const CheckedRequest& request) const = 0;
  /// The response where the body is not wanted.
  [[nodiscard]] virtual std::optional<HttpResponse> judge_head(const Asked& asked) const = 0;
  [[nodiscard]] virtual std::size_t body_bytes_max() const = 0;
  /// Why a body was refused: `status` 400, 408 or 413.
  [[nodiscard]] virtual HttpResponse body_refusal(const Asked& asked, unsigned status) const = 0;
  /// After judge_head(). Takes from the address's limits.
  [[nodiscard]] virtual std::variant<std::unique_ptr<RequestCall>, HttpResponse> judge(const Asked& asked,
                                                                                       std::string body) const = 0;
};

}  // namespace dialogue::http
