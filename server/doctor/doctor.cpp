// See doctor.hpp.
#include "server/doctor/doctor.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <ostream>
#include <utility>

#include "server/doctor/probes/probes.hpp"
#include "server/doctor/verdict/verdicts.hpp"
#include "server/doctor/wire/await.hpp"

namespace dialogue::doctor {
namespace {

namespace asio = boost::asio;

struct ProbeResults {
  WebSocketResult websocket, busy_websocket;
  StreamOutcome compressed_stream, stream, busy_stream, compressed_push, push;
  PollResult poll;
  BodyResult body;
  OriginResult origin;
};

class Examination {
 public:
  Examination(Terms terms, std::ostream* progress) : route_(make_route(std::move(terms))), progress_(progress), timer_(io_) {}

  std::vector<Finding> run();

 private:
  template <typename Result>
  void start(asio::awaitable<Result> probe, Result& into) {
    ++running_;
    asio::co_spawn(io_, std::move(probe), [this, &into](const std::exception_ptr& fault, Result result) {
      if (fault) std::rethrow_exception(fault);
      into = std::move(result);
      if (--running_ == 0) timer_.cancel();
    });
  }
  void run_all();
  [[nodiscard]] asio::awaitable<void> show_progress(Time began);
  [[nodiscard]] std::vector<Finding> judge() const;

  asio::io_context io_;
  Route route_;
  std::ostream* progress_;
  asio::steady_timer timer_;
  std::size_t running_ = 0;
  AddressResult address_;
  ProbeResults results_;
};

std::vector<Finding> Examination::run() {
  start(probe_address(io_.get_executor(), route_), address_);
  io_.run();
  std::vector<Finding> findings = judge_address(address_);
  if (findings.front().verdict == Verdict::fault && !address_.is_dialogue) return findings;
  io_.restart();
  run_all();
  std::vector<Finding> more = judge();
  std::move(more.begin(), more.end(), std::back_inserter(findings));
  return findings;
}

void Examination::run_all() {
  const Time began = Clock::now();
  const Course course{io_.get_executor(), route_, began + route_.terms.seconds};
  start(probe_websocket(course, false), results_.websocket);
  start(probe_websocket(course, true), results_.busy_websocket);
  start(probe_stream(course, StreamUse::compressed), results_.compressed_stream);
  start(probe_stream(course, StreamUse::quiet), results_.stream);
  start(probe_stream(course, StreamUse::busy), results_.busy_stream);
  start(probe_push(course, StreamUse::compressed), results_.compressed_push);
  start(probe_push(course, StreamUse::quiet), results_.push);
  start(probe_poll(course), results_.poll);
  start(probe_body(course), results_.body);
  start(probe_origin(course), results_.origin);
  if (progress_ != nullptr) asio::co_spawn(io_, show_progress(began), asio::detached);
  io_.run();
}

asio::awaitable<void> Examination::show_progress(Time began) {
  while (running_ > 0) {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began);
    *progress_ << "\r" << std::min(passed, route_.terms.seconds).count() << " of " << route_.terms.seconds.count()
               << " s: " << running_ << " checks running " << std::flush;
    timer_.expires_after(std::chrono::seconds(1));
    static_cast<void>(co_await timer_.async_wait(kAwait));
  }
  *progress_ << "\r\x1b[K" << std::flush;
}

/// The finding of the one that accepts compression, unless the plain one fares worse.
Finding worse_stream(const std::string& check, const StreamResult& plain, const StreamResult& compressed) {
  Finding of_plain = judge_stream(check, plain), of_compressed = judge_stream(check, compressed);
  return of_compressed.verdict > of_plain.verdict ? of_compressed : of_plain;
}

std::vector<Finding> Examination::judge() const {
  const ProbeResults& seen = results_;
  std::vector<Finding> findings;
  const auto add = [&](std::optional<Finding> finding) {
    if (finding) findings.push_back(std::move(*finding));
  };
  const auto reception = seen.websocket.reception ? seen.websocket.reception : seen.poll.reception;
  if (reception && !reception->is_welcome)
    add(Finding{.check = "identity",
                .verdict = Verdict::warning,
                .found = "the server refuses HELLO: " + reception->refusal +
                         ". The proxy is not the cause. The lifetime of connections was not tested: pass --token"});
  const Ms ping_ms = reception ? reception->ping_ms : 0;
  add(judge_websocket(seen.websocket));
  add(judge_life({"websocket life", ping_ms, Fix::idle_websocket}, seen.websocket.life, &seen.busy_websocket.life));
  add(worse_stream("stream", seen.stream.result, seen.compressed_stream.result));
  add(judge_life({"stream life", ping_ms, Fix::idle_response}, seen.stream.life, &seen.busy_stream.life));
  add(worse_stream("push stream", seen.push.result, seen.compressed_push.result));
  // Nothing busy is like it but the other stream: cut at the same age, both were too old.
  const Life* const busy = seen.push.life.cut_ms ? &seen.busy_stream.life : nullptr;
  add(judge_life({"push stream life", 0, Fix::idle_response}, seen.push.life, busy));
  add(judge_poll(seen.poll));
  add(judge_body(seen.body));
  add(judge_origin(seen.origin));
  add(judge_http(address_));
  return findings;
}

}  // namespace

std::vector<Finding> examine(Terms terms, std::ostream* progress) { return Examination(std::move(terms), progress).run(); }

}  // namespace dialogue::doctor
