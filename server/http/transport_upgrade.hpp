// The upgrade of a request to a connection of a transport, which keeps the socket. The HTTP side depends on transports only
// through this interface; server/host registers them. Functions, safe on any loop's thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "server/core/access/identity.hpp"
#include "server/core/util/time.hpp"
#include "server/http/request/http_check.hpp"
#include "server/http/request/refused.hpp"
#include "server/http/response/http_response.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/admission_guard.hpp"
#include "server/net/byte_stream.hpp"
#include "server/transport/handoff.hpp"

namespace dialogue::http {

struct HttpContext;

/// Where a request comes from, as far as the socket knows.
struct RequestSource {
  net::IpAddress peer;  ///< the socket's other end, or who its PROXY header names
  bool is_encrypted = false;
  bool loopback_listener = false;  ///< it was accepted on an address that only this machine reaches
};

/// What a transport keeps of a request until its connection begins.
struct UpgradeDetail {
  virtual ~UpgradeDetail() = default;
};

/// A request that is granted.
struct Upgrade {
  std::string answer;                        ///< the whole answer that goes before everything else
  std::optional<std::string> first_message;  ///< that came within the request
  std::optional<std::uint32_t> loop{};       ///< the index of the loop where its connection lives already
  core::PeerFacts peer;
  std::unique_ptr<UpgradeDetail> detail;  ///< of TransportUpgrade::judge() for make(); or null
};

/// A request that is not granted, and the transport's own answer to it; absent: a problem with the reason. If `refused` has
/// status 0, this is not an error: it is the requested answer.
struct UpgradeRefusal {
  UpgradeRefusal(Refused why, std::optional<HttpResponse> its_answer = {}) : refused(why), answer(std::move(its_answer)) {}
  Refused refused;
  std::optional<HttpResponse> answer;
};

class TransportUpgrade {
 public:
  virtual ~TransportUpgrade() = default;
  /// Whether a request that has passed check_request() asks for this transport.
  [[nodiscard]] virtual bool is_wanted(const RequestHeader& header, const CheckedRequest& request) const = 0;
  /// Grants or refuses the upgrade that a request asks for, within the address's limits.
  [[nodiscard]] virtual std::variant<Upgrade, UpgradeRefusal> judge(const HttpContext& context, const RequestHeader& header,
                                                                    const CheckedRequest& request, const RequestSource& source,
                                                                    bool draining, core::Time now) const = 0;
  /// Makes the connection, for the loop where it is to live. `received` are the bytes that followed the request.
  [[nodiscard]] virtual std::unique_ptr<transport::Handoff> make(net::ByteStream stream, net::AdmissionGuard admission,
                                                                 Upgrade granted, std::string received) const = 0;
};

}  // namespace dialogue::http
