// The driver: carries out what the client core decides. See page.hpp.
#include "tests/simulation/world/page.hpp"

#include <algorithm>
#include <utility>

#include "shared/json/json_member.hpp"

namespace dialogue::simulation {

using namespace core;

using client::Action;
using client::ActionKind;
using client::RoomHandle;
using client::Ticket;

namespace {

constexpr std::uint64_t kPageClockMs = 1'700'000'000'000;  ///< as Date.now(), which is never near 0
constexpr std::uint64_t kLateTick_us = 20 * kMs;
constexpr std::size_t kNotedCharsMax = 160;

}  // namespace

Page::Page(Surroundings surroundings, std::string user, std::uint64_t seed, bool has_outbox, bool is_guest, Storage left)
    : around_(std::move(surroundings)),
      user_(std::move(user)),
      seed_(seed),
      core_(seed),
      has_outbox_(has_outbox),
      is_guest_(is_guest),
      storage_(std::move(left)),
      left_(std::exchange(storage_.left, {})),
      rooms_(kPlaces.size()) {
  if (left_.empty()) storage_ = {};
  if (storage_.producer.empty()) storage_.producer = who() + "-0";
  for (const auto& [room, numbers] : storage_.rooms) core_.restore_numbers(handle(room), numbers.epoch, numbers.numbered);
  // In the order in which they were sent, and then in which they were triggered.
  std::stable_sort(left_.begin(), left_.end(), [](const auto& a, const auto& b) {
    return (a->number == 0 ? ~0ULL : a->number) < (b->number == 0 ? ~0ULL : b->number);
  });
  core_.set_catalogue(fingerprint_of(version_));
}

Page::~Page() { *alive_ = false; }

std::uint64_t Page::now() const {
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(kPageClockMs + around_.clockwork.now_ms()) + clock_offset_ms_);
}

RoomHandle Page::handle(RoomIndex room) {
  Membership& membership = rooms_[room];
  if (membership.handle == client::kNoRoom) membership.handle = core_.add_room();
  return membership.handle;
}

RoomIndex Page::room_of(RoomHandle handle) const {
  const auto found = std::find_if(rooms_.begin(), rooms_.end(), [handle](const auto& room) { return room.handle == handle; });
  return static_cast<RoomIndex>(found - rooms_.begin());
}

// --- What the application does ---

void Page::start() {
  core_.start(now());
  after_call();
}

void Page::join(RoomIndex room, JoinFrom from, Spot spot, std::uint32_t events) {
  Membership& membership = rooms_[room];
  const bool was_wanted = membership.is_wanted;
  if (!was_wanted) {
    membership.events = events;
    membership.asked = from == JoinFrom::since ? std::optional(spot) : std::nullopt;
    membership.fleeting.clear();
    membership.is_wanted = true;
  }
  ask(core_.join(handle(room), from, {spot.epoch, spot.seq}, now()), {Wish::join, room, {}, {}});
}

void Page::leave(RoomIndex room) {
  end_stretch(rooms_[room]);  // what comes from here on is nobody's concern
  rooms_[room].is_wanted = rooms_[room].is_joined = false;
  ask(core_.leave(handle(room)), {Wish::leave, room, {}, {}});
}

void Page::publish(RoomIndex room, EventIndex event, std::size_t pad_bytes, client::Priority priority) {
  auto unsent = std::make_shared<Unsent>();
  unsent->id = around_.ledger.tried(room, event);
  unsent->room = room;
  unsent->event = event;
  unsent->made_ms = now();
  unsent->made_us = around_.clockwork.now_us();
  unsent->payload = "{\"n\":" + std::to_string(unsent->id) + ",\"k\":\"" + std::to_string(unsent->id % 3) + "\",\"pad\":\"" +
                    std::string(pad_bytes, 'x') + "\"}";
  const RoomHandle at = handle(room);
  if (has_outbox_ && !kEvents[event].is_volatile) storage_.left.push_back(unsent);
  const Ticket ticket = core_.publish(at, event_number(version_, event), kEvents[event].is_volatile, now(), priority);
  ask(ticket, {Wish::publish, room, std::move(unsent), {}});
}

void Page::abort_one() {
  for (const auto& [ticket, request] : requests_) {
    if (request.wish != Wish::publish) continue;
    core_.abort(ticket);
    return after_call();
  }
}

void Page::history(RoomIndex room, std::uint64_t from, std::uint32_t limit, bool is_forward) {
  ask(core_.history(handle(room), from, limit, is_forward, now()), {Wish::history, room, {}, {}});
}

void Page::list() { ask(core_.ask(FrameType::list, now()), {Wish::list, 0, {}, {}}); }

void Page::set_reading(RoomIndex room, bool is_reading) {
  core_.set_unread(handle(room), is_reading ? 0 : 1 + client::kCreditWindow);
  after_call();
}

void Page::wake() {
  core_.wake(now());
  after_call();
}

void Page::jump_clock(std::int64_t ms) {
  clock_offset_ms_ += ms;
  core_.tick(now());
  after_call();
}

Storage Page::unload() {
  *alive_ = false;
  if (pipe_) pipe_->drop(kCloseNormal);
  for (Membership& membership : rooms_) end_stretch(membership);
  for (const auto& [ticket, request] : requests_)
    if (request.unsent && !has_outbox_) around_.ledger.unknown(request.unsent->id);
  storage_.left.insert(storage_.left.begin(), left_.begin(), left_.end());
  return std::move(storage_);
}

void Page::ask(Ticket ticket, Request request) {
  requests_[ticket] = std::move(request);
  after_call();
}

// --- What the core decides ---

void Page::after_call() {
  while (const Action* const action = core_.next()) carry_out(Action{*action});  // a copy: carrying it out may make others
  flush();
  check_positions();
  schedule_tick();
}

void Page::schedule_tick() {
  const std::uint64_t due = core_.deadline(), tick = ++ticks_;
  if (due == client::kNever) return;
  const std::uint64_t wait_us = (due - std::min(due, now())) * kMs;
  const std::uint64_t at_us = std::max(around_.clockwork.now_us() + wait_us + SeededRandom(seed_ + tick).below(kLateTick_us),
                                       around_.weather.frozen_until_us);
  around_.clockwork.at(at_us, [this, alive = alive_, tick] {
    if (!*alive || tick != ticks_) return;
    if (around_.weather.frozen_until_us > around_.clockwork.now_us()) return schedule_tick();
    core_.tick(now());
    after_call();
  });
}

void Page::carry_out(const Action& action) {
  const std::uint64_t first = action.numbers[0];
  switch (action.kind) {
    case ActionKind::open:
      return open();
    case ActionKind::drop:
      return drop(static_cast<std::uint16_t>(first));
    case ActionKind::send:
      return send(action);
    case ActionKind::welcome:
      return welcomed(first);
    case ActionKind::joined:
      return joined(room_of(action.reference));
    case ActionKind::left:
      return left(room_of(action.reference), static_cast<ErrorCode>(first));
    case ActionKind::deliver:
      return delivered(room_of(action.reference));
    case ActionKind::gap:
      return gap(room_of(action.reference), first, action.numbers[1]);
    case ActionKind::answer:
      return settled(action.reference, static_cast<ErrorCode>(first), true);
    case ActionKind::settle:
      return settled(action.reference, static_cast<ErrorCode>(first), false);
    case ActionKind::fault:
      return promise(first != static_cast<std::uint64_t>(ErrorCode::frame_malformed),
                     [&] { return who() + ": the client took what the server said for no frame"; });
    case ActionKind::state:
      return promise(first != static_cast<std::uint64_t>(client::State::closed), [&] { return who() + " was closed for good"; });
    default:
      return;
  }
}

void Page::send(const Action& action) {
  std::string text = "[";
  const auto type = static_cast<FrameType>(action.numbers[0]);
  const bool has_ext = type == FrameType::publish;
  for (std::size_t i = 0; i < action.count - has_ext; ++i) text += (i ? "," : "") + std::to_string(action.numbers[i]);
  if (has_ext) text.append(",").append(client::publish_ext(action.numbers[action.count - 1]));
  if (type == FrameType::hello) {
    hello_ = text;
    text += hello(action.reference);
  }
  if (type == FrameType::publish) text += publication(action);
  if (type == FrameType::join) {
    const Membership& membership = rooms_[room_of(action.reference)];
    text += ",\"" + std::string(kPlaces[room_of(action.reference)].id) + "\",{";
    std::string names;
    for (EventIndex event = 0; event < kEvents.size(); ++event)
      if ((membership.events >> event & 1U) != 0)
        names += (names.empty() ? "\"" : ",\"") + std::string(kEvents[event].name) + '"';
    text += membership.events == kAllEvents ? "}" : "\"events\":[" + names + "]}";
  }
  outgoing_.push_back(text + "]");
  around_.note(who() + " > " + outgoing_.back().substr(0, kNotedCharsMax));
}

std::string Page::hello(std::uint32_t generation) {
  if (std::exchange(generation_, generation) != generation) {
    storage_.producer = who() + "-" + std::to_string(++renewals_);
    storage_.rooms.clear();
    for (const auto& unsent : storage_.left) unsent->number = 0;
  }
  const std::string_view outbox = has_outbox_ ? "kept" : "memory";
  std::string text = ",{" + (is_guest_ ? "" : R"("identity":{"userId":")" + user_ + "\"},");
  text.append(R"("producer":{"id":")").append(storage_.producer).append(R"(","outbox":")").append(outbox).append("\"}");
  return text + (storage_.resume.empty() ? "" : ",\"resume\":\"" + storage_.resume + "\"") + "}";
}

std::string Page::publication(const Action& action) {
  const auto request = requests_.find(action.reference);
  promise(request != requests_.end() && request->second.unsent,
          [&] { return who() + " sends a publication that is settled, ticket " + std::to_string(action.reference); });
  Unsent& unsent = *request->second.unsent;
  const std::uint64_t number = action.numbers[3], epoch = core_.position(rooms_[unsent.room].handle).epoch;
  if (number != 0) {
    unsent.number = number;
    unsent.epoch = epoch;
    Storage::Numbers& numbers = storage_.rooms[unsent.room];
    numbers = {epoch, std::max(number, numbers.epoch == epoch ? numbers.numbered : 0)};
    around_.ledger.numbered(storage_.producer, unsent.room, epoch, number, unsent.id);
  }
  return "," + unsent.payload;
}

void Page::flush() {
  std::string batch;
  std::size_t frames = 0;
  for (std::string& text : std::exchange(outgoing_, {})) {
    if (!pipe_) continue;
    const bool fits = frames > 0 && frames < kBatchFramesMax && batch.size() + 1 + text.size() <= kBatchBytesMax;
    if (!fits && frames > 0) {
      pipe_->send(std::exchange(batch, {}));
      frames = 0;
    }
    batch += (frames++ > 0 ? "\n" : "") + text;
  }
  if (frames > 0 && pipe_) pipe_->send(batch);
}

// --- The socket ---

void Page::open() {
  Pipe::Listener listener;
  const auto is_here = [this, alive = alive_, number = ++pipes_] { return *alive && number == pipes_; };
  listener.opened = [this, is_here] {
    if (!is_here()) return;
    core_.opened(now());
    after_call();
  };
  listener.received = [this, is_here](const std::string& text) {
    if (is_here()) receive(text);
  };
  listener.lost = [this, is_here](std::uint16_t code) {
    if (is_here()) closed(code);
  };
  listener.moved = [this, is_here](Pipe::Welcomed by) {
    if (is_here()) moved(std::move(by));
  };
  pipe_ = std::make_shared<Pipe>(Pipe::Surroundings{around_.clockwork, around_.weather, around_.connect}, around_.ways,
                                 SeededRandom(seed_ + ++ticks_).next(), std::move(listener));
  if (auto by = std::exchange(welcomed_by_, std::nullopt))
    pipe_->follow(std::move(*by));
  else
    pipe_->begin();
}

void Page::move() {
  if (pipe_ && core_.state() == client::State::connected) pipe_->move([this] { return hello_ + hello(generation_) + "]"; });
}

void Page::moved(Pipe::Welcomed by) {
  around_.note(who() + " moves to a socket");
  welcomed_by_ = std::move(by);
  pipe_.reset();
  core_.lost(0, now());
  core_.wake(now());
  after_call();
}

void Page::drop(std::uint16_t code) {
  if (const auto pipe = std::exchange(pipe_, nullptr)) pipe->drop(code);
}

void Page::closed(std::uint16_t code) {
  pipe_.reset();
  core_.lost(code, now());
  after_call();
}

void Page::receive(const std::string& message) {
  const auto alive = alive_;
  const auto pipe = pipe_;
  FrameSplitter frames(message);
  for (std::string_view text; *alive && pipe_ == pipe && frames.next(text);) hear(text);
}

void Page::hear(std::string_view text) {
  around_.note(who() + " < " + std::string(text.substr(0, kNotedCharsMax)));
  promise(read_frame(text, in_hand_) == ErrorCode::ok, [&] { return "the server says " + std::string(text); });
  check_frame();
  for (Membership& membership : rooms_)
    if (membership.welcome == welcomes_ && core_.state() == client::State::connected)
      membership.heard_us = around_.clockwork.now_us();
  if (in_hand_.type == FrameType::ping) pipe_->send("[11]");  // a browser answers pings by itself
  client::Incoming frame;
  frame.type = in_hand_.type;
  frame.integers = in_hand_.integers;
  core_.received(frame, now());
  after_call();
}

void Page::welcomed(std::uint64_t fingerprint) {
  for (std::uint32_t version = 0; version < kVersions; ++version)
    if (fingerprint_of(version) == fingerprint) version_ = version;
  core_.set_catalogue(fingerprint);
  storage_.resume = json_text_member(in_hand_.payload, "resume");
  ++welcomes_;
  for (const auto& [ticket, request] : requests_)
    if (request.unsent) core_.renumber(ticket, event_number(version_, request.unsent->event));
  restore_left();
}

void Page::restore_left() {
  for (auto& unsent : std::exchange(left_, {})) {
    const auto numbers = storage_.rooms.find(unsent->room);
    if (unsent->number != 0 && (numbers == storage_.rooms.end() || numbers->second.epoch != unsent->epoch)) {
      around_.ledger.unknown(unsent->id);
      continue;
    }
    storage_.left.push_back(unsent);
    const Ticket ticket =
        core_.restore(handle(unsent->room), event_number(version_, unsent->event), unsent->number, unsent->made_ms);
    requests_[ticket] = {Wish::publish, unsent->room, unsent, {}};
  }
}

void Page::cut() {
  if (pipe_) pipe_->cut();
}

void Page::go_silent() {
  if (pipe_) pipe_->go_silent();
}

}  // namespace dialogue::simulation
