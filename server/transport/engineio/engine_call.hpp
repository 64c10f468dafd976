// One request of an Engine.IO session, on its way from the loop that has read it to the loop where the session lives. A value of
// one owner; whatever becomes of it, the client gets a response.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/access/identity.hpp"
#include "server/http/request/refused.hpp"
#include "server/http/request_transport.hpp"
#include "server/net/address_limits.hpp"
#include "server/transport/engineio/engine_limits.hpp"
#include "server/transport/engineio/engine_packet.hpp"

namespace dialogue::transport {

class EngineTables;

inline constexpr http::Refused kNoSessionNow{503, "The server accepts no sessions at the moment.", 5'000};

/// A refusal, or another immediate answer, for a page of `origin`; empty: no page.
[[nodiscard]] http::HttpResponse engine_refusal(EngineFault fault, std::string_view origin);
/// Why there is no session now, by default that the server has no place or stops; with the time of a retry.
[[nodiscard]] http::HttpResponse engine_unavailable(std::string_view origin, const http::Refused& why = kNoSessionNow);
/// A POST has more than `bytes_max` bytes.
[[nodiscard]] http::HttpResponse engine_too_large(std::string_view origin, std::size_t bytes_max);
[[nodiscard]] http::HttpResponse engine_preflight(std::string_view origin);
[[nodiscard]] http::HttpResponse engine_payload(std::string payload, std::string_view origin);

/// What a session is begun with.
struct EngineOpening {
  core::PeerFacts peer;
  net::AddressLimits::Connection address;  ///< that the session counts for
};

class EngineCall : public http::RequestCall {
 public:
  enum class Kind : std::uint8_t { open, poll, post };

  /// `origin` as the header has it, `page` as the session is bound to it. `limits` and `tables` outlive it.
  EngineCall(Kind kind, std::string sid, std::string body, std::string origin, std::string page, loop::ShardLoop& to,
             const EngineLimits& limits, EngineTables& tables);
  ~EngineCall() override;
  void begin_session(EngineOpening opening) { opening_.emplace(std::move(opening)); }

  [[nodiscard]] loop::ShardLoop& destination() const override { return to_; }
  [[nodiscard]] bool takes_socket() const override { return false; }
  void take_socket(net::ByteStream, net::AdmissionGuard) override {}
  void respond_by(http::Responder respond) override { respond_ = std::move(respond); }
  [[nodiscard]] std::uint64_t wait_ms() const override;
  [[nodiscard]] std::function<void()> on_peer_left() override;
  void count_in(net::ConnectionCountGuard count) override { count_ = std::move(count); }
  void open(loop::ShardLoop& loop) override;
  [[nodiscard]] bool begins_connection() const override { return kind_ == Kind::open; }

  // For the session, on its loop's thread.
  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const std::string& sid() const { return sid_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::string& page() const { return page_; }
  [[nodiscard]] std::optional<EngineOpening>& opening() { return opening_; }
  [[nodiscard]] net::ConnectionCountGuard take_count() { return std::move(count_); }
  /// Identifies this poll to its canceller, which comes before its response is no longer awaited (Responder).
  [[nodiscard]] const std::shared_ptr<const char>& token() const { return token_; }
  void respond(http::HttpResponse response);
  void refuse(EngineFault fault) { respond(engine_refusal(fault, origin_)); }
  [[nodiscard]] http::Responder take_respond() { return std::exchange(respond_, {}); }

 private:
  const Kind kind_;
  const std::string sid_;
  std::string body_;
  const std::string origin_, page_;
  loop::ShardLoop& to_;
  const EngineLimits& limits_;
  EngineTables& tables_;
  std::optional<EngineOpening> opening_;
  net::ConnectionCountGuard count_;
  std::shared_ptr<const char> token_;
  http::Responder respond_;
};

}  // namespace dialogue::transport
