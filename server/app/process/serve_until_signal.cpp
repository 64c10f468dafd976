// Signals through Asio, on a thread of their own, so that nothing is done inside a signal handler.
#include "server/app/process/serve_until_signal.hpp"

#include <boost/asio/post.hpp>
#include <csignal>
#include <dialogue/instance.hpp>
#include <thread>
#include <utility>

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

CalmSignals::CalmSignals() : kept_(idle_, SIGHUP, SIGUSR1) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed log reader does not end the server
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a full disk
}

ServeSignals::ServeSignals() : hang_ups_(context_, SIGHUP), writes_(context_, SIGUSR1) {}

void ServeSignals::stop() {
  boost::asio::post(context_, [this] {
    if (const auto begin = std::exchange(begin_stop_, nullptr)) begin();
  });
}

void ServeSignals::run(Instance& instance, const SignalActions& actions) {
  boost::asio::signal_set ends(context_, SIGTERM, SIGINT);
  begin_stop_ = [&] {
    ends.clear();  // from here on a signal has its default effect
    actions.before_stop();
    instance.stop();
  };
  ends.async_wait([this](const boost::system::error_code& fault, int) {
    if (fault) return;
    was_signalled_ = true;
    stop();
  });
  instance.listen();
  actions.listening();
  at_each(hang_ups_, actions.reload);
  at_each(writes_, actions.write_recording);
  std::thread waiter([this] { context_.run(); });
  instance.run();
  context_.stop();
  waiter.join();
}

}  // namespace dialogue::app
