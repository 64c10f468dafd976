// See server_url.hpp.
#include "server/shell/server_url.hpp"

#include <array>
#include <string>

#include "shared/base/setup_error.hpp"

namespace dialogue::shell {
namespace {

struct Scheme {
  std::string_view name, as;  ///< `as`: what parse_target() knows
  bool is_tcp;
};

constexpr std::array kSchemes = {Scheme{"ws://", "ws://", false},   Scheme{"wss://", "wss://", false},
                                 Scheme{"http://", "ws://", false}, Scheme{"https://", "wss://", false},
                                 Scheme{"tcp://", "ws://", true},   Scheme{"tls://", "wss://", true}};

[[noreturn]] void refuse(std::string_view url, const std::string& problem) {
  throw SetupError(std::string(url), problem,
                   "Write http://HOST:PORT, https://HOST, ws://HOST:PORT, wss://HOST, tcp://HOST:PORT or tls://HOST:PORT.");
}

bool names_port(const load::Target& target) { return target.authority.ends_with(":" + target.port); }

}  // namespace

ServerUrl parse_server_url(std::string_view url) {
  for (const Scheme& scheme : kSchemes) {
    if (!url.starts_with(scheme.name)) continue;
    auto target = load::parse_target(std::string(scheme.as) + std::string(url.substr(scheme.name.size())));
    if (!target) break;
    if (target->path == "/") target->path.clear();
    if (scheme.is_tcp && !names_port(*target)) refuse(url, "a TCP address needs its port");
    if (scheme.is_tcp && !target->path.empty()) refuse(url, "a TCP address has no path");
    if (target->path.empty()) target->path = "/dialogue";
    return {std::string(url), std::move(*target), scheme.is_tcp};
  }
  refuse(url, "this is not the address of a server");
}

}  // namespace dialogue::shell
