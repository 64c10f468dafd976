// Sends notifications to push services: when they are due, over a few kept connections to each service, and not to a service that
// refuses this server. What became of each is a call. Used by the thread of its context.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/http_client/http_connection.hpp"
#include "server/push/push_context.hpp"

namespace dialogue::push {

/// One notification for one device.
struct Delivery {
  std::size_t slot = 0;
  std::string job_id, device_id;
};

class Dispatcher {
 public:
  /// `ended`: it is over for this device. `postponed`: it is tried again at `due_ms`. `idle`: after stop(), nothing is under way.
  struct Listener {
    std::function<void(const Delivery&, metrics::PushOutcome outcome)> ended;
    std::function<void(const Delivery&, std::uint64_t due_ms)> postponed;
    std::function<void()> idle;
  };
  /// `context` must outlive this object.
  Dispatcher(PushContext& context, Listener listener);

  /// Sends it when it is due, in Unix time.
  void add(Delivery delivery, std::uint64_t due_ms);
  /// Sends nothing more; deliveries under way are completed.
  void stop();
  [[nodiscard]] bool is_idle() const { return under_way_ == 0; }

 private:
  struct Service {
    Endpoint place;
    std::deque<Delivery> ready;
    std::vector<std::unique_ptr<http_client::HttpConnection>> idle;
    std::size_t busy = 0;
    std::set<std::string> refused_users;  ///< in a row
    std::uint64_t suspended_until_ms = 0;
    bool is_suspended = false;
  };

  void pump();
  /// To the service of its device, unless it cannot be sent.
  void route(const Delivery& delivery, std::uint64_t now_ms);
  void enqueue(const Delivery& delivery, Endpoint endpoint);
  void pump(Service& service, std::uint64_t now_ms);
  void wake_at(std::uint64_t due_ms, std::uint64_t now_ms);
  [[nodiscard]] boost::asio::awaitable<void> send(std::string origin, Delivery delivery);
  [[nodiscard]] boost::asio::awaitable<http_client::HttpOutcome> ask(http_client::HttpConnection& connection,
                                                                     http_client::HttpRequest request) const;
  void settle(Service& service, const Delivery& delivery, const http_client::HttpOutcome& outcome, std::uint64_t begun_ms);
  void postpone(const Delivery& delivery, std::uint64_t at_least_ms);
  void note_refusal(Service& service, const Delivery& delivery, unsigned status, std::string_view body);
  void note_success(Service& service);
  void count_suspended() const;
  /// Returns the job of a delivery; null if it has ended, or belongs to another node.
  [[nodiscard]] Job* job_of(const Delivery& delivery) const;
  [[nodiscard]] JobTarget* target_of(const Delivery& delivery) const;

  PushContext& context_;
  const Listener listener_;
  std::multimap<std::uint64_t, Delivery> waiting_;  ///< by the time when it is due
  std::map<std::string, Service> services_;         ///< by origin
  boost::asio::steady_timer timer_;
  std::uint64_t wakes_ms_ = 0;  ///< 0: the timer does not run
  std::size_t under_way_ = 0;
  bool is_stopped_ = false;
};

}  // namespace dialogue::push
