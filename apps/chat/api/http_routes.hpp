// The calls as routes: POST /chat/v1/NAME with a JSON object, on the listener of the Dialogue server. Calls that hash passwords
// have threads of their own, and a bounded queue.
#pragma once
#include <dialogue/dialogue.hpp>

#include <boost/asio/thread_pool.hpp>

#include "apps/chat/api/service.hpp"

namespace chat {

/// The threads on which calls and hooks run. They must outlive the server.
struct CallThreads {
  static constexpr std::size_t kQuick = 2, kPassword = 2;
  boost::asio::thread_pool quick{kQuick};
  boost::asio::thread_pool password{kPassword};

  void join() {
    quick.join();
    password.join();
  }
};

/// Adds all routes. `server` does not listen yet; `service` outlives it.
void add_routes(dialogue::Instance& server, Service& service, CallThreads& threads);

}  // namespace chat
