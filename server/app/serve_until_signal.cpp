// Signals through Asio, on a thread of their own, so that nothing is done inside a signal handler.
#include "server/app/serve_until_signal.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <dialogue/instance.hpp>
#include <functional>
#include <thread>

namespace dialogue {

namespace {

/// Each SIGUSR1, until the context ends.
void await_write(boost::asio::signal_set& signals, Instance& instance) {
  signals.async_wait([&](const boost::system::error_code& fault, int) {
    if (fault) return;
    instance.write_recording();
    await_write(signals, instance);
  });
}

}  // namespace

void serve_until_signal(Instance& instance, bool records) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our log that went away is no reason to end
  boost::asio::io_context context;
  boost::asio::signal_set hang_ups(context, SIGHUP);
  const std::function<void()> await_hang_up = [&] {
    hang_ups.async_wait([&](const boost::system::error_code& fault, int) {
      if (fault) return;
      instance.reload_certificate();
      await_hang_up();
    });
  };
  await_hang_up();
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code& fault, int) {
    if (fault) return;
    signals.clear();  // from here on a signal has its default effect
    instance.stop();
  });
  boost::asio::signal_set writes(context);
  if (records) {
    writes.add(SIGUSR1);
    await_write(writes, instance);
  }
  instance.listen();
  std::thread waiter([&] { context.run(); });
  instance.run();
  context.stop();
  waiter.join();
}

}  // namespace dialogue
