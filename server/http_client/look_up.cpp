// See look_up.hpp.
#include "server/http_client/look_up.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace dialogue::http_client {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

/// A look-up under way: the last of the two, the answer or the one that waits, ends it.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), timer(executor) {}
  Tcp::resolver resolver;
  asio::steady_timer timer;
  LookUpResult result;
};

}  // namespace

asio::awaitable<LookUpResult> look_up(asio::any_io_executor executor, std::string host, std::string port,
                                      std::chrono::steady_clock::time_point deadline) {
  const auto under_way = std::make_shared<LookUp>(executor);
  under_way->timer.expires_at(deadline);
  under_way->resolver.async_resolve(host, port, [under_way](auto error, auto addresses) {
    under_way->result = {error, std::move(addresses)};
    under_way->timer.cancel();
  });
  static_cast<void>(co_await under_way->timer.async_wait(asio::as_tuple(asio::use_awaitable)));
  if (under_way->result.is_late()) under_way->resolver.cancel();
  co_return under_way->result;
}

std::unique_ptr<asio::ssl::context> make_client_tls() {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  return context;
}

}  // namespace dialogue::http_client
