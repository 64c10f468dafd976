// Notices to the backend, which have no answer: in order, one request at a time, retried a few times. Dropped notices are
// counted, logged, and reported with the next request. Used by the hooks' thread alone.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "server/webhooks/hook_body.hpp"
#include "server/webhooks/hook_context.hpp"

namespace dialogue::webhooks {

class HookNotices {
 public:
  /// `context` must outlive this object.
  explicit HookNotices(HookContext& context);

  void add(core::HookQuestion&& notice);
  /// Sends what waits, each batch once, for as long as one request may take, and calls `done`.
  void finish(std::function<void()> done);

 private:
  struct Batch {
    std::string id;
    std::deque<core::HookQuestion> notices;
  };

  [[nodiscard]] boost::asio::awaitable<void> run();
  [[nodiscard]] boost::asio::awaitable<void> send(Batch batch);
  /// What went wrong, or nothing.
  [[nodiscard]] boost::asio::awaitable<std::string> try_once(const Batch& batch);
  [[nodiscard]] Batch take_batch();
  void drop(std::size_t count, const std::string& why);
  void report_overflow();
  void end();

  HookContext& context_;
  std::unique_ptr<http_client::HttpConnection> connection_;
  std::deque<core::HookQuestion> waiting_;
  std::uint64_t last_number_ = 0;
  std::uint64_t overflow_ = 0;  ///< dropped, and not logged yet
  std::uint64_t untold_ = 0;    ///< dropped, and the backend does not know
  std::size_t under_way_ = 0;   ///< notices of the batch that is being sent
  boost::asio::steady_timer pause_, end_;
  bool is_idle_ = false, is_ending_ = false;
  std::function<void()> done_;
};

}  // namespace dialogue::webhooks
