// One socket between accept and its first bytes: the PROXY header, admission, TLS, and a check of the peer's first bytes. Then
// it becomes a TcpConnection, or receives the reason of its refusal. A coroutine, because few of these exist at a time. Each
// step has one deadline that no byte renews. Lives on its loop's thread and keeps itself alive while it runs.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/loop/accepted_socket.hpp"
#include "server/net/address_limits.hpp"
#include "server/net/byte_stream.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/expirable.hpp"
#include "server/transport/tcp/tcp_context.hpp"
#include "shared/base/errors.hpp"

namespace dialogue::transport {

/// Why a peer is rejected. An empty message: the code's own. Not an aggregate, because g++ 12 loses members of one that a
/// coroutine initializes.
struct TcpRefusal {
  explicit TcpRefusal(ErrorCode its_code, std::string_view its_message = {}, std::uint64_t its_retry_after_ms = 0)
      : code(its_code), message(its_message), retry_after_ms(its_retry_after_ms) {}
  ErrorCode code;
  std::string_view message;
  std::uint64_t retry_after_ms;
};

class TcpArrival : public net::Expirable, public std::enable_shared_from_this<TcpArrival> {
 public:
  /// Takes the socket over; nothing to hold.
  static void begin(loop::ShardLoop& loop, const TcpContext& context, loop::AcceptedSocket socket);

  /// `from` is what is left of it once its socket is in `stream`.
  TcpArrival(loop::ShardLoop& loop, const TcpContext& context, net::ByteStream stream, loop::AcceptedSocket from);

  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override;
  void abandon() override { stream_.close(); }

 private:
  template <typename T>
  using Awaitable = net::ByteStream::Awaitable<T>;

  [[nodiscard]] Awaitable<void> run();
  /// False: this port does not serve the peer, or it is gone.
  [[nodiscard]] Awaitable<bool> read_proxy_header();
  [[nodiscard]] std::optional<TcpRefusal> admit();
  /// False: the handshake failed. Where the peer speaks something else, stream_ is not encrypted after it.
  [[nodiscard]] Awaitable<bool> secure();
  /// Waits for bytes; empty when none will come.
  [[nodiscard]] Awaitable<std::string> read_first();
  void become_connection(std::string received);
  [[nodiscard]] Awaitable<void> refuse(TcpRefusal refusal);
  void set_deadline(std::uint64_t after_ms);

  loop::ShardLoop& loop_;
  const TcpContext& context_;
  net::ByteStream stream_;
  net::ConnectionCountGuard count_, place_;
  net::AddressLimits::Connection counted_;
  net::IpAddress peer_;  ///< the socket's other end, or who its PROXY header names
  std::uint64_t deadline_ms_ = 0;
  const bool loopback_listener_;
  std::optional<TcpRefusal> interrupted_;  ///< why a wait for first bytes ended before any came
  bool awaits_first_ = false;
};

}  // namespace dialogue::transport
