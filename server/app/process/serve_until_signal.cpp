// Signals through Asio, on a thread of their own, so that nothing is done inside a signal handler.
#include "server/app/process/serve_until_signal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <dialogue/instance.hpp>
#include <functional>
#include <thread>

namespace dialogue::app {
namespace {

/// Calls `what` at each signal, until the context ends.
void at_each(boost::asio::signal_set& signals, const std::function<void()>& what) {
  signals.async_wait([&signals, what](const boost::system::error_code& fault, int) {
    if (fault) return;
    what();
    at_each(signals, what);
  });
}

}  // namespace

void serve_until_signal(Instance& instance, const SignalActions& actions) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed log reader does not end the server
  boost::asio::io_context context;
  boost::asio::signal_set hang_ups(context, SIGHUP);
  at_each(hang_ups, actions.reload);
  boost::asio::signal_set writes(context, SIGUSR1);
  at_each(writes, actions.write_recording);
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& fault, int) {
    if (fault) return;
    signals.clear();  // from here on a signal has its default effect
    actions.before_stop();
    instance.stop();
  });
  instance.listen();
  actions.listening();
  std::thread waiter([&] { context.run(); });
  instance.run();
  context.stop();
  waiter.join();
}

}  // namespace dialogue::app
