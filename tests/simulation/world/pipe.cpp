// See pipe.hpp.
#include "tests/simulation/world/pipe.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/errors.hpp"
#include "shared/protocol/frames.hpp"
#include "tests/lines_of.hpp"
#include "tests/simulation/world/socket_link.hpp"
#include "tests/simulation/world/tunnel_link.hpp"

namespace dialogue::simulation {
namespace {

constexpr std::uint64_t kOpeningPatience_us = 1'500 * kMs, kProbe_us = 10 * kSecond, kHurry_us = 2 * kSecond;
constexpr std::uint16_t kCloseMoved = 4001;

std::string prefix_of(FrameType type) { return "[" + std::to_string(static_cast<int>(type)) + ","; }

}  // namespace

std::shared_ptr<Link> Pipe::make_link(Way way) {
  const std::uint64_t seed = chance_.next();
  if (way == Way::tunnel) return std::make_shared<TunnelLink>(around_.clockwork, around_.weather, seed);
  return std::make_shared<SocketLink>(around_.clockwork, around_.weather, seed);
}

void Pipe::open(const std::shared_ptr<Link>& link, std::function<void(bool)> done) {
  around_.clockwork.after(around_.weather.delay_most_us * 3, [self = shared_from_this(), link, done = std::move(done)] {
    const bool is_online = self->around_.weather.offline_until_us <= self->around_.clockwork.now_us();
    const bool is_open = !self->is_over_ && is_online && self->around_.connect(link);
    if (is_open) link->begin();
    done(is_open);
  });
}

// --- The race ---

void Pipe::begin() { next(); }

void Pipe::next() {
  if (is_over_ || winner_) return;
  if (begun_ == ways_.order.size()) {
    if (runners_.empty()) finish(kCloseAbnormal);
    return;
  }
  const auto link = make_link(ways_.order[begun_++]);
  runners_.push_back({link});
  listen(link);
  open(link, [this, link](bool is_open) { is_open ? opened(link) : ended(link, kCloseAbnormal); });
  if (begun_ < ways_.order.size())
    around_.clockwork.after(ways_.at_once ? 0 : kOpeningPatience_us, [self = shared_from_this(), begun = begun_] {
      if (self->begun_ == begun) self->next();
    });
}

void Pipe::listen(const std::shared_ptr<Link>& link) {
  // The link is held by what is under way in it; it must not hold itself.
  link->ends.at_page = [self = std::weak_ptr(shared_from_this()), at = std::weak_ptr(link)](const std::string& text) {
    const auto pipe = self.lock();
    const auto of = at.lock();
    if (pipe && of) pipe->received(of, text);
  };
  link->ends.page_end = [self = std::weak_ptr(shared_from_this()), at = std::weak_ptr(link)](std::uint16_t code) {
    const auto pipe = self.lock();
    const auto of = at.lock();
    if (pipe && of) pipe->ended(of, code);
  };
}

std::vector<Pipe::Runner>::iterator Pipe::runner_of(const std::shared_ptr<Link>& link) {
  return std::find_if(runners_.begin(), runners_.end(), [&](const Runner& runner) { return runner.link == link; });
}

void Pipe::opened(const std::shared_ptr<Link>& link) {
  const auto found = runner_of(link);
  if (is_over_ || found == runners_.end()) return link->page_drops(kCloseNormal);
  const bool is_first = found == runners_.begin() && !has_opened_;
  found->is_open = true;
  if (!std::exchange(has_opened_, true)) listener_.opened();  // HELLO, and what follows it
  const auto runner = runner_of(link);
  if (is_over_ || runner == runners_.end() || frames_.empty()) return;
  // Beside another one, HELLO alone.
  for (std::size_t count = is_first ? frames_.size() : 1; runner->sent < count; ++runner->sent)
    link->page_sends(frames_[runner->sent]);
  if (ways_.order.size() == 1) win(link);
}

void Pipe::win(const std::shared_ptr<Link>& link) {
  winner_ = link;
  const Runner runner = *runner_of(link);
  for (const Runner& other : std::exchange(runners_, {}))
    if (other.link != link && other.is_open) other.link->page_drops(kCloseNormal);
  const auto frames = std::exchange(frames_, {});
  for (std::size_t i = runner.sent; i < frames.size(); ++i) link->page_sends(frames[i]);
}

void Pipe::received(const std::shared_ptr<Link>& link, const std::string& text) {
  if (is_over_) return;
  if (link == probe_) return probed(text);
  if (!has_opened_) return early_.push_back(text);
  if (!winner_ && runner_of(link) != runners_.end()) win(link);
  if (link != winner_) return;
  const std::string replaced = prefix_of(FrameType::bye) + std::to_string(static_cast<int>(ErrorCode::replaced)) + ",";
  if (said_hello_ && text.starts_with(replaced)) return;  // by the socket that was sent HELLO
  listener_.received(text);
}

void Pipe::ended(const std::shared_ptr<Link>& link, std::uint16_t code) {
  if (is_over_) return;
  if (link == probe_) return stop_probe();
  if (link == winner_) {
    if (!awaits_welcome_) return finish(said_hello_ ? kCloseAbnormal : code);  // `code` may be that of the frame that was ignored
    // What ends it may be HELLO of the socket, whose answer is due.
    has_lost_winner_ = true;
    around_.clockwork.after(kHurry_us, [self = shared_from_this(), probe = probe_] {
      if (self->probe_ == probe) self->stop_probe();
    });
    return;
  }
  const auto found = runner_of(link);
  if (winner_ || found == runners_.end()) return;
  runners_.erase(found);
  if (runners_.empty()) next();
}

void Pipe::finish(std::uint16_t code) {
  if (std::exchange(is_over_, true)) return;
  if (probe_) probe_->page_drops(kCloseNormal);
  listener_.lost(code);
}

// --- The connection ---

void Pipe::send(const std::string& text) {
  if (winner_) return winner_->page_sends(text);
  for (std::string& frame : testing::lines_of(text)) frames_.push_back(std::move(frame));
}

void Pipe::drop(std::uint16_t code) {
  if (std::exchange(is_over_, true)) return;
  if (winner_) winner_->page_drops(code);
  if (probe_) probe_->page_drops(kCloseNormal);
  for (const Runner& runner : runners_)
    if (runner.is_open) runner.link->page_drops(code);
}

void Pipe::cut() {
  if (winner_) winner_->cut();
  for (const Runner& runner : runners_) runner.link->cut();
}

void Pipe::go_silent() {
  if (winner_) winner_->go_silent();
  for (const Runner& runner : runners_) runner.link->go_silent();
}

// --- Moving ---

void Pipe::follow(Welcomed by) {
  runners_.push_back({by.link, 0, true});
  listen(by.link);
  around_.clockwork.after(0, [self = shared_from_this(), by = std::move(by)] {
    if (self->is_over_) return;
    self->has_opened_ = true;
    self->listener_.opened();
    if (self->is_over_ || self->frames_.empty()) return;
    self->runners_.front().sent = 1;  // HELLO
    self->received(by.link, by.message);
    for (const std::string& text : std::exchange(self->early_, {})) self->received(by.link, text);
  });
}

void Pipe::move(std::function<std::string()> hello) {
  if (is_over_ || probe_ || !std::dynamic_pointer_cast<TunnelLink>(winner_)) return;
  const auto probe = probe_ = make_link(Way::socket);
  listen(probe);
  around_.clockwork.after(kProbe_us, [self = shared_from_this(), probe] {
    if (self->probe_ == probe) self->stop_probe();
  });
  open(probe, [this, probe, hello = std::move(hello)](bool is_open) {
    if (is_over_ || probe_ != probe) {
      if (is_open) probe->page_drops(kCloseNormal);
      return;
    }
    if (!is_open) return stop_probe();
    probe->page_sends(hello());
    awaits_welcome_ = said_hello_ = true;
  });
}

void Pipe::probed(const std::string& message) {
  if (!message.starts_with(prefix_of(FrameType::welcome))) return stop_probe();
  const auto probe = std::exchange(probe_, nullptr);
  is_over_ = true;
  winner_->page_drops(kCloseMoved);
  listener_.moved({probe, message});
}

void Pipe::stop_probe() {
  awaits_welcome_ = false;
  const auto probe = std::exchange(probe_, nullptr);
  if (probe) probe->page_drops(kCloseNormal);
  if (has_lost_winner_) finish(kCloseAbnormal);
}

}  // namespace dialogue::simulation
