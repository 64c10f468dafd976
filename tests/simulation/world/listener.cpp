// See listener.hpp.
#include "tests/simulation/world/listener.hpp"

#include <algorithm>
#include <utility>

#include "server/core/util/envelope_object.hpp"
#include "server/transport/sse/sse_position.hpp"
#include "tests/simulation/world/page.hpp"

namespace dialogue::simulation {

using namespace core;

namespace {

constexpr std::uint64_t kRetry_us = 3 * kSecond, kSilence_us = 45 * kSecond;  ///< three heartbeats

}  // namespace

Listener::Listener(Surroundings around, std::string name, std::uint64_t seed, std::vector<RoomIndex> rooms)
    : around_(std::move(around)), name_(std::move(name)), chance_(seed), rooms_(std::move(rooms)), seen_(rooms_.size()) {
  query_ = "rooms=";
  for (const RoomIndex room : rooms_) query_.append(query_.ends_with('=') ? "" : ",").append(kPlaces[room].id);
}

Listener::~Listener() { *alive_ = false; }

void Listener::start() { open(); }

void Listener::open() {
  buffer_.clear();
  is_open_ = false;
  for (Seen& seen : seen_) seen.is_missed = false;
  const std::uint64_t number = ++links_;
  const auto is_here = [this, alive = alive_, number] { return *alive && number == links_; };
  around_.clockwork.after(around_.weather.delay_most_us * 3, [this, is_here] {
    if (!is_here()) return;
    const bool is_online = around_.weather.offline_until_us <= around_.clockwork.now_us();
    const auto id = last_id_.empty() ? std::optional<std::string_view>() : std::optional<std::string_view>(last_id_);
    link_ = std::make_shared<StreamLink>(around_.clockwork, around_.weather, chance_.next(), around_.version, query_, id);
    link_->ends.at_page = [this, is_here](const std::string& bytes) {
      if (is_here()) take(bytes);
    };
    link_->ends.page_end = [this, is_here](std::uint16_t) {
      if (is_here()) ended();
    };
    heard_us_ = around_.clockwork.now_us();
    if (!is_online || !around_.connect(link_)) return ended();
    around_.note(name_ + " opens a stream after " + last_id_);
    link_->begin();
    watch();
  });
}

/// A stream that has been silent for too long is given up: what a page does that watches for heartbeats.
void Listener::watch() {
  around_.clockwork.after(kSilence_us, [this, alive = alive_, number = links_] {
    if (!*alive || number != links_) return;
    if (around_.clockwork.now_us() < heard_us_ + kSilence_us) return watch();
    reload();
  });
}

void Listener::ended() {
  ++links_;
  link_.reset();
  is_open_ = false;
  around_.clockwork.after(kRetry_us, [this, alive = alive_, number = links_] {
    if (*alive && number == links_) open();
  });
}

void Listener::reload() {
  if (link_) link_->page_drops(kCloseAbnormal);
  link_.reset();
  open();
}

void Listener::cut() {
  if (link_) link_->cut();
}

void Listener::go_silent() {
  if (link_) link_->go_silent();
}

void Listener::stop() {
  *alive_ = false;
  if (link_) link_->page_drops(kCloseNormal);
  for (Seen& seen : seen_) end_stretch(seen);
}

// --- Blocks ---

void Listener::take(const std::string& bytes) {
  heard_us_ = around_.clockwork.now_us();
  buffer_ += bytes;
  for (std::size_t end = 0; (end = buffer_.find("\n\n")) != std::string::npos;) {
    const std::string block = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    if (!block.starts_with("HTTP/")) {
      take_block(block);
    } else {
      promise(block.starts_with("HTTP/1.1 200"), [&] { return name_ + " was refused: " + block + buffer_; });
      const std::size_t head = block.find("\r\n\r\n");
      take_block(std::string_view(block).substr(head + 4));
    }
  }
}

void Listener::take_block(std::string_view block) {
  std::string id, event, data;
  bool has_id = false;
  for (std::size_t at = 0; at < block.size();) {
    const std::size_t end = std::min(block.find('\n', at), block.size());
    const std::string_view line = block.substr(at, end - at);
    if (line.starts_with("id: ")) {
      id = line.substr(4);
      has_id = true;
    }
    if (line.starts_with("event: ")) event = line.substr(7);
    if (line.starts_with("data: ")) data = line.substr(6);
    at = end + 1;
  }
  around_.note(name_ + " << " + id + " " + event + " " + data.substr(0, 100));
  if (event == "dialogue.open") is_open_ = true;
  if (event == "dialogue.missed")
    missed(data);
  else if (!event.empty() && !event.starts_with("dialogue."))
    take_event(data);
  if (has_id) moved(id);
}

std::size_t Listener::index_of(std::string_view room_id) const {
  const auto found = std::find_if(rooms_.begin(), rooms_.end(), [&](RoomIndex room) { return kPlaces[room].id == room_id; });
  promise(found != rooms_.end(), [&] { return name_ + " heard of " + std::string(room_id); });
  return static_cast<std::size_t>(found - rooms_.begin());
}

void Listener::take_event(std::string_view data) {
  const std::size_t index = index_of(text_in(data, "roomId"));
  const RoomIndex room = rooms_[index];
  Seen& seen = seen_[index];
  const MessageId id = id_in(raw_in(data, "data"));
  const std::uint64_t seq = number_in(data, "seq"), epoch = number_in(data, "epoch");
  const std::string name = text_in(data, "event");
  const auto event = static_cast<EventIndex>(
      std::find_if(kEvents.begin(), kEvents.end(), [&](const Kind& kind) { return kind.name == name; }) - kEvents.begin());
  const auto told = [&] { return around_.ledger.name_of(id) + " was streamed to " + name_; };
  around_.ledger.seen(room, {epoch, seq}, id, event, number_in(data, "timestamp"), "streamed to " + name_);
  if (seq == 0) return promise(seen.fleeting.insert(id).second, [&] { return told() + " twice"; });
  promise(seen.has_stretch && seen.stretch.epoch == epoch, [&] { return told() + ", who has no position in that log"; });
  const std::uint64_t newest = seen.stretch.delivered.empty() ? seen.stretch.start : seen.stretch.delivered.back();
  promise(seq > newest, [&] { return told() + " after " + std::to_string(newest); });
  seen.stretch.delivered.push_back(seq);
}

void Listener::missed(std::string_view data) {
  const std::size_t index = index_of(text_in(data, "roomId"));
  Seen& seen = seen_[index];
  const std::uint64_t from = number_in(data, "from"), to = number_in(data, "to");
  seen.is_missed = true;
  if (to == 0) return;  // another log: the id that follows says where it begins
  promise(kPlaces[rooms_[index]].is_bounded, [&] {
    return name_ + " was told that " + std::to_string(from) + " to " + std::to_string(to) + " are missing in " +
           std::string(kPlaces[rooms_[index]].id) + ", where nothing is ever taken away";
  });
  if (seen.has_stretch) seen.stretch.gaps.emplace_back(from, to);
}

void Listener::moved(const std::string& id) {
  const auto resume = transport::read_sse_id(id);
  promise(resume && resume->positions.size() == rooms_.size(), [&] { return name_ + " got the id " + id; });
  last_id_ = id;
  for (std::size_t i = 0; i < rooms_.size(); ++i) {
    const auto [epoch, seq] = resume->positions[i];
    Seen& seen = seen_[i];
    around_.ledger.epoch_seen(rooms_[i], epoch);
    if (seen.has_stretch && seen.stretch.epoch != epoch) {
      promise(seen.is_missed, [&] { return name_ + " was moved to another log without a word: " + id; });
      end_stretch(seen);
    }
    if (!seen.has_stretch) {
      seen.has_stretch = true;
      seen.stretch = {name_, rooms_[i], epoch, seq, seq, kAllEvents, {}, {}};
    }
    promise(seq >= seen.stretch.position, [&] { return name_ + ": a position went back to " + id; });
    seen.stretch.position = seq;
  }
}

void Listener::end_stretch(Seen& seen) {
  if (std::exchange(seen.has_stretch, false)) around_.ledger.ended(std::exchange(seen.stretch, {}));
}

Spot Listener::position(RoomIndex room) const {
  const auto found = std::find(rooms_.begin(), rooms_.end(), room);
  if (found == rooms_.end()) return {};
  const Seen& seen = seen_[static_cast<std::size_t>(found - rooms_.begin())];
  return seen.has_stretch ? Spot{seen.stretch.epoch, seen.stretch.position} : Spot{};
}

}  // namespace dialogue::simulation
