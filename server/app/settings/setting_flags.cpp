// See setting_flags.hpp.
#include "server/app/settings/setting_flags.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace dialogue::app {
namespace {

using Name = std::pair<std::string_view, std::string_view>;

constexpr std::array<Name, 21> kFlags{{
    {"admin_listen", "--admin-listen"},
    {"allowed_origins", "--allow-origin"},
    {"audit_file", "--audit"},
    {"audit_key_file", "--audit-key"},
    {"api_keys", "--api-key-file"},
    {"content_security_policy", "--content-security-policy"},
    {"development_identities_anywhere", "--dev"},
    {"coalesce_us", "--coalesce-us"},
    {"listen", "--listen"},
    {"metrics_listen", "--metrics-listen"},
    {"otlp_endpoint", "--otlp-endpoint"},
    {"otlp_headers", "--otlp-headers-file"},
    {"proxy_protocol", "--proxy-protocol"},
    {"receipts_interval_ms", "--receipts"},
    {"record", "--record"},
    {"statsd", "--statsd"},
    {"tcp_listen", "--tcp-listen"},
    {"tls", "--tls-cert and --tls-key"},
    {"tokens.jwks", "--auth-jwks"},
    {"trace_sample", "--trace-sample"},
    {"trusted_proxies", "--trusted-proxy"},
}};

}  // namespace

SetupError in_flags(const SetupError& fault) {
  std::string where = fault.where(), advice = fault.advice();
  for (const auto& [member, flag] : kFlags) {
    if (where == member) where = flag;
    if (const std::size_t at = advice.find(member); member.find('_') != std::string_view::npos && at != std::string::npos)
      advice.replace(at, member.size(), flag);
  }
  if (fault.where() == "listen" && fault.problem().starts_with("the static directory")) where = "--static";
  return {std::move(where), fault.problem(), std::move(advice)};
}

}  // namespace dialogue::app
