// A name's addresses, with a deadline. A look-up cannot be called back: one that is late is left behind. For the thread of its
// executor.
//
//   const LookUpResult found = co_await look_up(executor, "example.com", "443", std::chrono::steady_clock::now() + 2s);
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace dialogue::http_client {

struct LookUpResult {
  std::optional<boost::system::error_code> error;  ///< absent: there was no answer in time
  boost::asio::ip::tcp::resolver::results_type addresses{};

  [[nodiscard]] bool is_late() const { return !error; }
};

[[nodiscard]] boost::asio::awaitable<LookUpResult> look_up(boost::asio::any_io_executor executor, std::string host,
                                                           std::string port, std::chrono::steady_clock::time_point deadline);

/// For clients, TLS 1.2 and later; which authorities it believes is the caller's affair.
[[nodiscard]] std::unique_ptr<boost::asio::ssl::context> make_client_tls();

}  // namespace dialogue::http_client
