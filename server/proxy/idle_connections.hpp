// The connections to backends that one loop keeps between requests. A service of the loop's io_context, which ends before the
// loop's sockets can no longer be closed. Used on the loop's thread.
#pragma once
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "server/http_client/http_connection.hpp"

namespace dialogue::proxy {

class IdleConnections : public boost::asio::execution_context::service {
 public:
  using Connection = std::shared_ptr<http_client::HttpConnection>;
  using key_type = IdleConnections;
  inline static boost::asio::execution_context::id id;

  explicit IdleConnections(boost::asio::execution_context& context) : service(context) {}
  [[nodiscard]] static IdleConnections& of(boost::asio::io_context& loop) {
    return boost::asio::use_service<IdleConnections>(static_cast<boost::asio::execution_context&>(loop));
  }

  /// The connection to the backend of `owner` that was used last; null: none is idle.
  [[nodiscard]] Connection take(const void* owner) {
    auto& idle = by_owner_[owner];
    if (idle.empty()) return nullptr;
    Connection last = std::move(idle.back());
    idle.pop_back();
    return last;
  }
  /// Closes it where `most` are idle.
  void keep(const void* owner, Connection connection, std::size_t most) {
    if (auto& idle = by_owner_[owner]; idle.size() < most) idle.push_back(std::move(connection));
  }

 private:
  void shutdown() override { by_owner_.clear(); }

  std::map<const void*, std::vector<Connection>> by_owner_;
};

}  // namespace dialogue::proxy
