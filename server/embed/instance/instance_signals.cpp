// Signals through Asio, on a thread of their own, so that nothing is done inside a signal handler.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <thread>

#include "server/embed/instance/instance_state.hpp"

namespace dialogue {

void InstanceState::run_until_signal() {
  refuse_own_thread("run_until_signal");
  boost::asio::io_context context;
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& fault, int) {
    if (fault) return;
    signals.clear();  // from here on a signal has its default effect
    stop();
  });
  bool must_listen = false;
  {
    const std::shared_lock lock(server_mutex);
    must_listen = phase == Phase::created && !stopping;
  }
  if (must_listen) listen();
  std::thread waiter([&] { context.run(); });
  run();
  context.stop();
  waiter.join();
}

}  // namespace dialogue
