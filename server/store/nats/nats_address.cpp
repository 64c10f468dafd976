// See nats_address.hpp.
#include "server/store/nats/nats_address.hpp"

#include "server/store/engine/address_text.hpp"
#include "server/store/store_error.hpp"
#include "shared/base/percent.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::store {
namespace {

[[noreturn]] void refuse_nats(const NatsAddress& address, const std::string& fault) {
  throw StoreError(address.shown, fault, "Use for example \"nats://nats.example.com:4222\".");
}

void read_nats_login(std::string_view login, NatsAddress& address) {
  const std::size_t colon = login.find(':');
  const auto first = percent_decoded(login.substr(0, colon));
  const auto second = percent_decoded(colon == std::string_view::npos ? std::string_view() : login.substr(colon + 1));
  if (!first || !second) refuse_nats(address, "its user or password has a % without two hexadecimal digits.");
  if (first->empty()) refuse_nats(address, "its user or token is empty.");
  if (colon == std::string_view::npos) {
    address.token = *first;
    return;
  }
  address.user = *first;
  address.password = *second;
}

}  // namespace

NatsAddress parse_nats_address(std::string_view url) {
  NatsAddress address;
  address.shown = shown_url(url);
  address.is_secure = url.starts_with("tls://");
  if (!address.is_secure && !url.starts_with("nats://")) refuse_nats(address, "this is not a URL of NATS.");
  std::string_view rest = url.substr(url.find("://") + 3);
  if (rest.find_first_of("?#") != std::string_view::npos) refuse_nats(address, "it has an option, and there is none.");
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    read_nats_login(rest.substr(0, at), address);
    rest.remove_prefix(at + 1);
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.find('/') != std::string_view::npos) refuse_nats(address, "it has a path, and there is none.");
  if (rest.find(',') != std::string_view::npos) refuse_nats(address, "it has several servers; write one.");
  if (const std::string fault = read_place(rest, address.host, address.port); !fault.empty()) refuse_nats(address, fault);
  return address;
}

}  // namespace dialogue::store
