// HTTP routes of the application on the server's own listener, for Instance::route().
//
//   server.route("GET", "/shop/v1/orders/{id}", [&](const dialogue::RouteRequest& request) {
//     const auto order = orders.find(*request.param<std::uint64_t>("id"));
//     return order ? dialogue::RouteResponse::json(order->to_json()) : dialogue::RouteResponse::problem(404, "No such order.");
//   }, {.parameters = {{.name = "id", .kind = dialogue::RouteParameter::Kind::integer}}});
//
// A function runs on a server thread and must not block. <dialogue/async.hpp> makes routes of coroutines: async_route(), and
// stream_route() for bodies that are read or written in parts. Requests and responses are plain values.
#pragma once
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/calls/completion.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// A cookie of a response (RFC 6265).
struct RouteCookie {
  std::string name, value;  ///< a token; printable ASCII without spaces, quotes, commas, semicolons and backslashes
  std::string path = "/";   ///< the cookie is sent with requests for this path and below
  std::optional<std::int64_t> max_age_s{};  ///< 0 deletes it; absent: until the browser ends
  bool is_http_only = true;                 ///< scripts of the page cannot read it
  bool is_secure = true;                    ///< only over https, and to loopback addresses
  std::string same_site = "Lax";            ///< "Strict", "Lax" or "None"
};

struct RouteResponse {
  unsigned status = 200;  ///< 200 to 599
  /// Header fields. Content-Length, Transfer-Encoding, Connection, Date and Upgrade are the server's.
  std::vector<std::pair<std::string, std::string>> fields{};
  std::string body{};
  std::vector<RouteCookie> cookies{};

  [[nodiscard]] static RouteResponse json(std::string text, unsigned status = 200) {
    return {status, {{"Content-Type", "application/json"}}, std::move(text)};
  }
  [[nodiscard]] static RouteResponse text(std::string text, unsigned status = 200) {
    return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
  }
  /// A refusal as application/problem+json (RFC 9457), as the HTTP API gives them. `detail`: one sentence for people.
  [[nodiscard]] static RouteResponse problem(unsigned status, std::string_view detail);
};

namespace route_detail {

/// The data of a request, which the server fills in.
struct RequestData {
  std::string method, path, route, query_text, body, address, trace;
  bool is_secure = false;
  std::map<std::string, std::string, std::less<>> parameters;               ///< of the path, decoded
  std::vector<std::pair<std::string, std::string>> query, fields, cookies;  ///< decoded; names of fields in lower case
};

template <typename T>
std::optional<T> read(const std::string& text) {
  if constexpr (std::same_as<T, std::string>) {
    return text;
  } else if constexpr (std::same_as<T, bool>) {
    if (text == "true" || text == "1") return true;
    return text == "false" || text == "0" ? std::optional(false) : std::nullopt;
  } else {
    static_assert(std::is_arithmetic_v<T>, "a parameter is a number, a bool or a std::string");
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
  }
}

}  // namespace route_detail

/// A request, as a value that is cheap to copy. Safe from any thread.
class RouteRequest {
 public:
  explicit RouteRequest(std::shared_ptr<const route_detail::RequestData> data) : data_(std::move(data)) {}

  [[nodiscard]] const std::string& method() const { return data_->method; }  ///< "GET" also for HEAD
  [[nodiscard]] const std::string& path() const { return data_->path; }      ///< as it was sent, percent-encoded
  [[nodiscard]] const std::string& route() const { return data_->route; }    ///< as it was registered
  /// Returns the decoded text that `{name}` matches in the path, as a `T`: a number, a bool or a std::string. No value if it is
  /// not a `T`.
  template <typename T = std::string>
  [[nodiscard]] std::optional<T> param(std::string_view name) const {
    const auto found = data_->parameters.find(name);
    return found == data_->parameters.end() ? std::nullopt : route_detail::read<T>(found->second);
  }
  /// Returns the first value of a query parameter, decoded; no value if the parameter is missing, or is not a `T`.
  template <typename T = std::string>
  [[nodiscard]] std::optional<T> query(std::string_view name) const {
    for (const auto& [key, value] : data_->query)
      if (key == name) return route_detail::read<T>(value);
    return std::nullopt;
  }
  [[nodiscard]] const std::string& query_text() const { return data_->query_text; }
  /// Returns the first value of a header field; no value if the field is missing. `name`: in lower case.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const { return first_of(data_->fields, name); }
  /// Returns the first cookie of this name; no value if it is missing.
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const { return first_of(data_->cookies, name); }
  /// Returns the whole body. Empty for a stream_route(), which reads it in parts.
  [[nodiscard]] const std::string& body() const { return data_->body; }
  /// Returns the client's address: the socket's peer, or what a trusted proxy reports.
  [[nodiscard]] const std::string& address() const { return data_->address; }
  /// Whether the client came by https.
  [[nodiscard]] bool is_secure() const { return data_->is_secure; }
  /// Returns the id of the request's trace, 32 hexadecimal digits; empty if the request is not traced.
  [[nodiscard]] const std::string& trace() const { return data_->trace; }

 private:
  [[nodiscard]] static std::optional<std::string_view> first_of(const std::vector<std::pair<std::string, std::string>>& list,
                                                                std::string_view name) {
    for (const auto& [key, value] : list)
      if (key == name) return value;
    return std::nullopt;
  }

  std::shared_ptr<const route_detail::RequestData> data_;
};

/// A parameter of a route's path or query, checked before the handler runs.
struct RouteParameter {
  enum class Kind : std::uint8_t { text, integer, number, flag };
  std::string name;
  Kind kind = Kind::text;
  std::string description{};
  /// Bounds: bytes of a text, the value of an integer or a number.
  double min = 0, max = std::numeric_limits<double>::infinity();
  bool is_required = false;  ///< of a query parameter; those of the path always are
};

inline constexpr std::size_t kRouteBodyBytesMax = std::size_t{1} << 30;
inline constexpr std::chrono::milliseconds kRouteTimeout{15'000};

struct RouteOptions {
  /// Larger bodies are refused with 413. At most kRouteBodyBytesMax; above 64 KiB take a stream_route(), whose memory does not
  /// grow with the body.
  std::uint64_t body_bytes_max = 64 * 1024;
  /// What the handler may take to respond, or to do the next step of a stream; then the answer is 503. 10 ms to 10 min.
  std::chrono::milliseconds timeout = kRouteTimeout;
  /// Requests per address; absent: those of Config::http_requests count. 0 events: no limit. Loopback is exempt.
  std::optional<RateLimit> limit{};
  /// Name of an event of the definitions: the body must be JSON that its schema allows, else 422. Empty: any body.
  std::string body_event{};
  std::vector<RouteParameter> parameters{};
  std::string summary{};  ///< one sentence for the OpenAPI document
};

/// The outcome of a handler: a response, or why it gave none.
struct RouteOutcome {
  std::optional<RouteResponse> response;
  std::string fault{};
};

/// Starts a handler, which calls `done` once, on any thread. Returns what cancels it.
using RouteSource = std::function<std::function<void()>(RouteRequest request, std::function<void(RouteOutcome)> done)>;

/// An asynchronous route: see async_route().
struct AsyncRoute {
  RouteSource source;
};

/// The next bytes of a request's body.
struct RoutePart {
  std::string bytes{};  ///< at most 64 KiB; empty at the end
  bool ok = true;       ///< false: the body is malformed or too large, or the peer has gone
  [[nodiscard]] bool is_end() const { return bytes.empty(); }
};

/// The bodies of one exchange in parts; see stream_route(). One call at a time; safe from any thread. Calls take a callback or a
/// completion token and always complete: co_await stream.read(boost::asio::use_awaitable).
class RouteStream {
 public:
  /// The interface that the server implements.
  class Channel {
   public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;
    virtual void read(std::function<void(RoutePart)> done) = 0;
    virtual void write(std::string part, std::function<void(bool)> done) = 0;
    virtual void begin(RouteResponse head, std::optional<std::uint64_t> length) = 0;
    virtual void respond(RouteResponse response) = 0;
  };
  explicit RouteStream(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

  /// The next part of the request's body. Nothing more is taken from the peer before it is asked for.
  template <CompletionToken<RoutePart> Token>
  auto read(Token&& token) const {
    return completion_detail::complete<RoutePart>(std::forward<Token>(token),
                                                  [channel = channel_](auto done) { channel->read(std::move(done)); });
  }
  /// The whole response; ends the exchange.
  void respond(RouteResponse response) const { channel_->respond(std::move(response)); }
  /// Begins a response in parts; `head.body` is its first part. `length`: of all parts, if it is known.
  void begin(RouteResponse head, std::optional<std::uint64_t> length = {}) const { channel_->begin(std::move(head), length); }
  /// The next part; completes when the socket has taken it, with false if the peer has gone. The response ends with the handler.
  template <CompletionToken<bool> Token>
  auto write(std::string part, Token&& token) const {
    return completion_detail::complete<bool>(std::forward<Token>(token), [channel = channel_, part = std::move(part)](auto done) {
      channel->write(part, std::move(done));
    });
  }

 private:
  std::shared_ptr<Channel> channel_;
};

using StreamSource =
    std::function<std::function<void()>(RouteRequest request, RouteStream stream, std::function<void(std::string fault)> done)>;

/// A route whose bodies are read and sent in parts: see stream_route().
struct StreamRoute {
  StreamSource source;
};

}  // namespace dialogue
