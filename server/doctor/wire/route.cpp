// See route.hpp.
#include "server/doctor/wire/route.hpp"

#include <utility>

#include "server/http_client/look_up.hpp"
#include "shared/base/setup_error.hpp"

namespace dialogue::doctor {
namespace asio = boost::asio;

Route make_route(Terms terms) {
  Route route{.terms = std::move(terms)};
  if (!route.terms.url.is_secure) return route;
  route.tls = http_client::make_client_tls();
  const std::string& authorities = route.terms.trust.authorities;
  boost::system::error_code error;
  if (authorities.empty())
    route.tls->set_default_verify_paths();
  else if (route.tls->load_verify_file(authorities, error); error)
    throw SetupError(authorities, "no certificates can be read from it: " + error.message(),
                     "Name a PEM file with the certificate of the authority, or of the server itself.");
  return route;
}

asio::awaitable<std::string> look_up(asio::any_io_executor executor, Route& route, Time until) {
  const std::string host = route.terms.url.host;
  http_client::LookUpResult found = co_await http_client::look_up(executor, host, route.terms.url.port, until);
  if (found.is_late()) co_return "the name " + host + " could not be looked up in time";
  if (*found.error) co_return "the name " + host + " has no address: " + found.error->message();
  route.addresses = std::move(found.addresses);
  co_return "";
}

}  // namespace dialogue::doctor
