// The way to the address, found once and used by every connection of a run: where the name leads, and whose certificates are
// accepted. Used by one thread.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "server/doctor/wire/terms.hpp"

namespace dialogue::doctor {

struct Route {
  Terms terms;
  boost::asio::ip::tcp::resolver::results_type addresses{};
  std::unique_ptr<boost::asio::ssl::context> tls{};  ///< null without TLS
};

/// Makes a route without addresses. Throws SetupError if the file of authorities cannot be read.
[[nodiscard]] Route make_route(Terms terms);

/// Looks up the host's addresses. Returns an error text; empty if addresses were found.
[[nodiscard]] boost::asio::awaitable<std::string> look_up(boost::asio::any_io_executor executor, Route& route, Time until);

}  // namespace dialogue::doctor
