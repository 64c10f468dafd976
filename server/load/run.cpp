// The phases of a run, one after the other.
#include "server/load/run.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "server/load/members/stream_member.hpp"
#include "server/load/members/template_member.hpp"
#include "server/load/wire/clock.hpp"
#include "shared/base/setup_error.hpp"

namespace dialogue::load {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kOtherDescriptors = 64;  // what a process has open besides
constexpr std::uint64_t kSettleUs = 500'000, kIdleSettleUs = 2 * kSecondUs, kJoinTimeoutUs = 30 * kSecondUs;
constexpr std::uint64_t kDrainUs = 5 * kSecondUs;  // without a delivery: the rest is lost
constexpr std::uint64_t kLeaveUs = kSecondUs;
constexpr std::uint64_t kReconnectUs = 60 * kSecondUs;  // after a connection was lost
constexpr std::uint32_t kFillingInFlight = 16;
constexpr int kStalledBytes = 16 * 1024;  // what the system hides of a member that has stopped reading

void allow_descriptors(std::size_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return;
  if (limit.rlim_max < count)
    throw SetupError("--clients", "this process may open " + std::to_string(limit.rlim_max) + " files at most",
                     "Raise the limit with `ulimit -n " + std::to_string(count) + "`, or take fewer clients.");
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string room_name(const std::string& pattern, std::uint32_t index) {
  const std::size_t open = pattern.find('{'), close = pattern.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return pattern;
  return pattern.substr(0, open) + std::to_string(index) + pattern.substr(close + 1);
}

Percentiles percentiles_of(const Latencies& times) { return {times.at(0.50), times.at(0.99), times.max()}; }

}  // namespace

Run::Run(const Plan& plan) : plan_(plan), server_(plan.server_pid), buffer_(kReadBytes) {
  if (server_.is_watched() && !server_.is_there())
    throw SetupError("--server-pid", "there is no process " + std::to_string(plan.server_pid), "");
  allow_descriptors(plan.clients + kOtherDescriptors);
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that may have ended
  prctl(PR_SET_TIMERSLACK, 1);    // a schedule of microseconds must not be rounded to fifty of them
  context_.epoll = epoll_create1(EPOLL_CLOEXEC);
  context_.address = resolve(plan.target);
  context_.authority = plan.target.authority;
  if (plan.target.is_secure) context_.tls = &tls_.emplace(plan.trust, plan.target.host);
  context_.buffer = buffer_;
  context_.now_us = clock_us();
  context_.random_state = (context_.now_us ^ (static_cast<std::uint64_t>(getpid()) << 32)) | 1;
  terms_.path = plan.target.path.empty() ? "/dialogue" : plan.target.path;
  terms_.event = plan.event;
  terms_.token = plan.token;
  terms_.is_deaf = plan.is_deaf;
  terms_.run = std::to_string(context_.random());
  published_.resize(std::size_t{plan.rooms} * plan.publishers);
  arrivals_.resize(std::size_t{plan.clients} * plan.publishers);
  live_.resize(plan.rooms);
  late_.resize(plan.rooms);
  add_members();
}

Run::~Run() {
  members_.clear();
  ::close(context_.epoll);
}

void Run::add_members() {
  for (std::uint32_t i = 0; i < plan_.clients; ++i) {
    Seat seat{context_, *this, i, room_name(plan_.room_pattern, room_of(i))};
    ++(is_stalled(i) ? late_ : live_)[room_of(i)];
    const bool wants_history = plan_.mode == Mode::storm && !is_publisher(i);
    if (plan_.stream && !is_publisher(i))
      members_.push_back(std::make_unique<StreamMember>(std::move(seat), *plan_.stream));
    else if (plan_.dialect)
      members_.push_back(std::make_unique<TemplateMember>(std::move(seat), *plan_.dialect));
    else
      members_.push_back(std::make_unique<DialogueMember>(std::move(seat), terms_, wants_history ? plan_.history : 0));
    if (is_stalled(i)) members_.back()->wire.set_receive_buffer(kStalledBytes);
  }
}

void Run::connect(std::size_t from, std::size_t to, std::size_t at_once) {
  const std::size_t aim = joined_ + (to - from);
  std::size_t next = from;
  // The first one learns what the server serves, so that the others come as clients do that know it already.
  const std::size_t alone = from == 0 && !plan_.dialect ? 1 : to - from;
  while (joined_ < aim) {
    const std::size_t limit = joined_ == 0 ? std::min(alone, at_once) : at_once;
    while (next < to && connecting_ < limit) {
      ++connecting_;
      context_.now_us = clock_us();
      members_[next]->started_us = context_.now_us;
      members_[next++]->start();
    }
    const std::size_t before = joined_;
    if (!turn_until([&] { return joined_ != before; }, clock_us() + kJoinTimeoutUs))
      throw SetupError(plan_.target.origin(),
                       std::to_string(joined_) + " of " + std::to_string(aim) + " members have joined, and no others for 30 s" +
                           (last_fault_.empty() ? "" : " (" + last_fault_ + ")"),
                       plan_.dialect ? "Look at \"joined\" of the dialect." : "");
  }
}

void Run::joined(Member& member) {
  ++joined_;
  --connecting_;
  connect_times_.add(context_.now_us - member.started_us);
}

void Run::lost(Member&, const std::string& why, Loss loss) {
  if (is_leaving_) return;
  reconnecting_until_us_ = context_.now_us + kReconnectUs;
  last_fault_ = why;
  if (joined_ == 0)
    fatal_ = why + (why.ends_with('.') ? "" : ". Is this a server's address?");
  else if (loss == Loss::final)
    fatal_ = why;
  else if (loss == Loss::broken)
    ++report_.reconnects;
}

void Run::settle(std::uint64_t us) {
  turn_until([] { return false; }, clock_us() + us);
}

Report Run::measure() {
  report_.is_watched = server_.is_watched();
  report_.memory_before_kib = server_.private_kib();
  const std::uint64_t cpu_before = server_.cpu_us(), begin_us = clock_us();
  const bool is_storm = plan_.mode == Mode::storm;
  connect(0, is_storm ? published_.size() : plan_.clients, plan_.connect_at_once);
  report_.connect_seconds = static_cast<double>(clock_us() - begin_us) / kSecondUs;
  settle(plan_.mode == Mode::idle ? kIdleSettleUs : kSettleUs);
  report_.connect_cpu_us = server_.cpu_us() - cpu_before;
  report_.memory_joined_kib = server_.private_kib();
  if (plan_.mode == Mode::idle) {
    report_.connect = percentiles_of(connect_times_);
    return report_;
  }
  if (is_storm)
    storm();
  else
    publish_all();
  conclude();
  return report_;
}

void Run::publish_all() {
  for (std::size_t i = plan_.clients - plan_.stalled; i < plan_.clients; ++i) members_[i]->wire.set_reading(false);
  const std::uint64_t cpu_before = server_.cpu_us();
  begin_us_ = next_due_us_ = last_delivery_us_ = context_.now_us = clock_us();
  end_us_ = begin_us_ + plan_.seconds * kSecondUs;
  is_publishing_ = true;
  if (plan_.mode == Mode::ping_pong)
    for (std::uint32_t room = 0; room < plan_.rooms; ++room) publish(*members_[room]);
  if (plan_.mode == Mode::saturated)
    for (std::size_t i = 0; i < published_.size(); ++i)
      for (std::uint32_t n = 0; n < plan_.in_flight; ++n) publish(*members_[i]);
  turn_until([&] { return !is_publishing_; }, end_us_);
  is_publishing_ = false;
  drain();
  report_.cpu_us = server_.cpu_us() - cpu_before;
  report_.memory_after_kib = server_.private_kib();
  if (plan_.stalled != 0) resume_stalled();
}

void Run::drain() {
  drain([&] {
    const bool is_answered = plan_.dialect || report_.acknowledged + report_.refused == report_.published;
    return report_.deliveries >= expected_ && is_answered;
  });
}

void Run::drain(const std::function<bool()>& is_done) {
  const auto progress = [&] { return report_.deliveries + report_.stalled_deliveries + report_.acknowledged; };
  for (std::uint64_t before = progress();; before = progress()) {
    if (turn_until(is_done, clock_us() + kDrainUs) || progress() == before) return;
  }
}

void Run::resume_stalled() {
  for (std::size_t i = plan_.clients - plan_.stalled; i < plan_.clients; ++i) members_[i]->wire.set_reading(true);
  drain([&] { return report_.stalled_deliveries >= expected_late_; });
}

void Run::storm() {
  std::fill(live_.begin(), live_.end(), plan_.publishers);  // no other member is connected yet
  for (std::uint64_t n = 0; n < plan_.history; n += kFillingInFlight) {
    for (std::size_t i = 0; i < published_.size(); ++i)
      for (std::uint64_t k = n; k < std::min<std::uint64_t>(plan_.history, n + kFillingInFlight); ++k) publish(*members_[i]);
    drain();
  }
  report_.deliveries = 0;
  expected_ = (plan_.clients - published_.size()) * std::uint64_t{plan_.history};
  latencies_ = connect_times_ = {};
  const std::uint64_t cpu_before = server_.cpu_us();
  begin_us_ = clock_us();
  connect(published_.size(), plan_.clients, plan_.clients);
  report_.connect_seconds = static_cast<double>(clock_us() - begin_us_) / kSecondUs;
  drain();
  report_.cpu_us = report_.connect_cpu_us = server_.cpu_us() - cpu_before;
  report_.memory_after_kib = server_.private_kib();
}

void Run::conclude() {
  report_.seconds = static_cast<double>(std::max(last_delivery_us_, begin_us_ + 1) - begin_us_) / kSecondUs;
  report_.latency = percentiles_of(latencies_);
  report_.connect = percentiles_of(connect_times_);
  if (plan_.is_deaf) return;
  for (std::size_t i = 0; i < members_.size(); ++i)
    for (std::size_t from = room_of(i); from < published_.size(); from += plan_.rooms)
      (is_stalled(i) ? report_.stalled_lost : report_.lost) += arrivals(i, from).missing(published_[from]);
}

void Run::hold(int descriptor) {
  const auto has_ended = [descriptor] {
    pollfd watched{descriptor, POLLIN, 0};
    std::array<char, 256> ignored;
    return poll(&watched, 1, 0) > 0 && ::read(descriptor, ignored.data(), ignored.size()) <= 0;
  };
  turn_until(has_ended, ~0ULL);
}

void Run::leave() {
  is_leaving_ = true;
  for (const auto& member : members_) member->close();
  const auto are_gone = [&] {
    return std::none_of(members_.begin(), members_.end(), [](const auto& member) { return member->wire.is_there(); });
  };
  context_.now_us = clock_us();
  turn_until(are_gone, context_.now_us + kLeaveUs);
}

}  // namespace dialogue::load
