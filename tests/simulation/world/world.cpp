// What each step of a schedule does. See world.hpp.
#include "tests/simulation/world/world.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace dialogue::simulation {

using namespace core;

namespace {

enum WorldStream : std::uint64_t { kWorld = 3, kUsers = 4, kListener = 6 };

constexpr std::uint64_t kDayMs = 86'400'000;

/// Mostly small; some are large, so that pages are full before they have a hundred events.
std::size_t pad_of(std::uint64_t chance) {
  constexpr std::array<std::size_t, 8> kPads = {0, 0, 0, 10, 40, 200, 1'500, 6'000};
  return kPads[chance % kPads.size()];
}

EventIndex event_of_chance(std::uint64_t chance) {
  constexpr std::array<EventIndex, 8> kOften = {0, 0, 0, 0, 1, 1, 2, 3};
  return kOften[chance % kOften.size()];
}

std::uint32_t events_of_chance(std::uint64_t chance) {
  constexpr std::array<std::uint32_t, 5> kWishes = {kAllEvents, kAllEvents, 0b0001, 0b0010, 0b1101};
  return kWishes[chance % kWishes.size()];
}

}  // namespace

Outcome run(const Request& request) {
  Outcome outcome;
  World world(request);
  try {
    world.run();
  } catch (const std::exception& error) { outcome.violation = error.what(); }
  outcome.events = world.events();
  outcome.acknowledgements = world.acknowledgements();
  return outcome;
}

World::World(const Request& request)
    : request_(request),
      setup_(make_setup(request.seed)),
      steps_(make_schedule(request.seed, request.steps)),
      chance_(Chance::of(request.seed, kWorld, 0)),
      backend_(clockwork_, [this](const std::string& text) { note(text); }),
      users_(setup_.users) {
  upgrades_ = chance_.one_in(2);
  for (const Step& step : steps_) rooms_.insert(step.room);
  if (request.keep)
    std::erase_if(steps_, [&](const Step& step) {
      return std::find(request.keep->begin(), request.keep->end(), step.index) == request.keep->end();
    });
  for (std::uint32_t i = 0; i < setup_.users; ++i) {
    User& user = users_[i];
    user.name = "user-" + std::to_string(i);
    user.weather = user.fair_weather = setup_.weather[i];
    user.has_outbox = setup_.outboxes[i];
    user.is_guest = setup_.guests[i];
    user.ways = setup_.ways[i];
    user.seed = Chance::of(request.seed, kUsers, i).next();
  }
  backend_.ended = [this] {
    deleted_.clear();  // the definitions bring them back
    start_server(chance_.below(3 * kSecond));
  };
}

World::~World() = default;

void World::note(const std::string& text) const {
  if (!request_.is_verbose) return;
  constexpr double kUsPerSecond = 1e6;
  std::printf("  %10.6f %s\n", static_cast<double>(clockwork_.now_us() - begin_us_) / kUsPerSecond, text.c_str());
}

void World::run() {
  begin_us_ = clockwork_.now_us();
  note(text_of(setup_));
  start_server(0);
  for (User& user : users_) {
    open_page(user, {});
    for (const RoomIndex room : rooms_)
      if (!chance_.one_in(4)) user.page->join(room, JoinFrom::tail, {}, kAllEvents);
  }
  open_stream();
  for (const Step& step : steps_) {
    clockwork_.run_until(begin_us_ + step.at_us);
    note(text_of(step));
    carry_out(step);
    check_bounds();
  }
  settle();
}

// --- Pages and servers ---

void World::open_page(User& user, Storage left) {
  Page::Surroundings around{clockwork_,
                            ledger_,
                            user.weather,
                            user.ways,
                            [this](const auto& link) { return backend_.connect(link); },
                            [this](const std::string& text) { note(text); }};
  user.page = std::make_unique<Page>(std::move(around), user.name, user.seed + ++user.pages, user.has_outbox, user.is_guest,
                                     std::move(left));
  user.page->start();
}

void World::open_stream() {
  Chance chance = Chance::of(request_.seed, kListener, 0);
  std::vector<RoomIndex> rooms;
  // Of what stays: a stream leaves a room that is deleted, and a full one refuses it.
  for (const RoomIndex room : rooms_)
    if (!kPlaces[room].is_deletable && !kPlaces[room].is_small && !kPlaces[room].is_pattern) rooms.push_back(room);
  if (!setup_.has_listener || rooms.empty()) return;
  listener_weather_ = setup_.weather.front();
  Listener::Surroundings around{clockwork_,
                                ledger_,
                                listener_weather_,
                                served_version_,
                                [this](const auto& link) { return backend_.connect(link); },
                                [this](const std::string& text) { note(text); }};
  listener_ = std::make_unique<Listener>(std::move(around), "listener", chance.next(), std::move(rooms));
  listener_->start();
}

void World::reload(User& user, bool keeps) {
  std::vector<RoomIndex> wanted;
  for (const RoomIndex room : rooms_) {
    if (user.page->is_wanted(room)) wanted.push_back(room);
    user.saved[room] = user.page->position(room);
  }
  Storage left = user.page->unload();
  if (!keeps || !user.has_outbox) {
    for (const auto& unsent : left.left) ledger_.unknown(unsent->id);
    left = {};
  }
  user.weather.frozen_until_us = 0;
  open_page(user, std::move(left));
  for (const RoomIndex room : wanted) {
    const bool since = user.saved[room].epoch != 0 && chance_.below(4) != 0;
    user.page->join(room, since ? JoinFrom::since : JoinFrom::tail, user.saved[room], kAllEvents);
  }
}

void World::start_server(std::uint64_t delay_us) {
  BackendSetup setup = setup_.backend;
  if (upgrades_ && chance_.one_in(3)) version_ = 1 - version_;
  setup.version = version_;
  constexpr std::uint64_t kShardsMax = 4;
  if (chance_.one_in(3)) setup.shards = static_cast<std::uint32_t>(chance_.between(1, kShardsMax));
  clockwork_.after(delay_us, [this, setup] {
    backend_.start(setup, [this, version = setup.version] {
      served_version_ = version;
      ledger_.server_started();
    });
  });
}

// --- Steps ---

void World::carry_out(const Step& step) {
  if (listener_ && step.user == setup_.users - 1) carry_out_at_listener(step);
  User& user = users_[step.user];
  const std::uint64_t now_us = clockwork_.now_us();
  switch (step.act) {
    case Act::reload:
      return reload(user, step.a % 4 != 0);
    case Act::freeze:
      user.weather.frozen_until_us = now_us + step.a % (60 * kSecond);
      return;
    case Act::offline:
      user.weather.offline_until_us = now_us + step.a % (40 * kSecond);
      return;
    case Act::slow:
      user.weather.us_per_byte = step.a % 2 == 0 ? 0 : 20 + step.a % 1000;
      user.weather.unread_bytes_max = step.b % 2 == 0 ? 200 : 8'000;
      return;
    case Act::cut:
      return user.page->cut();
    case Act::silence:
      return user.page->go_silent();
    case Act::server_publish:
    case Act::kill:
    case Act::power:
    case Act::drain:
    case Act::strike:
    case Act::full:
    case Act::failed_sync:
    case Act::wall_clock:
    case Act::delete_room:
      return carry_out_at_server(step);
    case Act::stall:
      return stall(user, step);
    default:
      if (user.weather.frozen_until_us <= now_us) carry_out_at_page(step, user);
  }
}

/// The stream shares the fate of the last user's network, and some of its page's.
void World::carry_out_at_listener(const Step& step) {
  switch (step.act) {
    case Act::reload:
      return listener_->reload();
    case Act::cut:
      return listener_->cut();
    case Act::silence:
      return listener_->go_silent();
    case Act::offline:
      listener_weather_.offline_until_us = clockwork_.now_us() + step.a % (40 * kSecond);
      return;
    case Act::slow:
      listener_weather_.us_per_byte = step.a % 2 == 0 ? 0 : 20 + step.a % 1000;
      return;
    default:
      return;
  }
}

void World::carry_out_at_page(const Step& step, User& user) {
  Page& page = *user.page;
  constexpr std::uint64_t kBurstMax = 60, kLast = 30, kFloodBytesMax = 30'000;
  switch (step.act) {
    case Act::join: {
      const auto from = static_cast<JoinFrom>(step.a % 3);
      const bool since = from == JoinFrom::since && user.saved[step.room].epoch != 0;
      const Spot spot = since ? user.saved[step.room] : Spot{0, step.b % kLast};
      if (page.is_wanted(step.room)) user.saved[step.room] = page.position(step.room);
      return page.join(step.room, since ? from : static_cast<JoinFrom>(step.a % 2), spot, events_of_chance(step.c));
    }
    case Act::leave:
      user.saved[step.room] = page.position(step.room);
      return page.leave(step.room);
    case Act::reopen:
      return reopen(user, step);
    case Act::publish:
      return page.publish(step.room, event_of_chance(step.a), pad_of(step.b), static_cast<client::Priority>(step.c % 3));
    case Act::burst:
      for (std::uint64_t i = 0; i < 1 + step.a % kBurstMax; ++i)
        page.publish(step.room, event_of_chance(step.b >> (i % kBurstMax)), pad_of(step.c >> (i % kBurstMax)),
                     client::Priority::normal);
      return;
    case Act::flood:
      for (std::uint64_t i = 0; i < kBurstMax; ++i) page.publish(step.room, 0, step.a % kFloodBytesMax, client::Priority::normal);
      return;
    case Act::abort:
      return page.abort_one();
    case Act::history:
      return page.history(step.room, step.a % kLast, static_cast<std::uint32_t>(1 + step.b % kPageEventsMax), step.c % 2 == 0);
    case Act::list:
      return page.list();
    case Act::stop_reading:
      return page.set_reading(step.room, false);
    case Act::read_again:
      return page.set_reading(step.room, true);
    case Act::page_clock:
      ledger_.clock_in_doubt();
      return page.jump_clock(static_cast<std::int64_t>(step.a % (2 * kDayMs)) - static_cast<std::int64_t>(kDayMs));
    case Act::wake:
      return page.wake();
    case Act::move:
      return page.move();
    default:
      return;
  }
}

/// A view closes, and the next one opens with more or less of the room: within a read of the first one, or after it.
void World::reopen(User& user, const Step& step) {
  constexpr std::uint64_t kBackMax = 40, kPauseMax_us = 300 * kMs;
  if (!user.page->is_joined(step.room)) return;
  const Spot here = user.page->position(step.room);
  const Spot there{here.epoch, here.seq - std::min(here.seq, step.a % kBackMax)};
  user.page->leave(step.room);
  clockwork_.after(step.b % kPauseMax_us,
                   [this, &user, room = step.room, there, page = user.pages, events = events_of_chance(step.c)] {
                     if (is_settling_ || user.pages != page || user.weather.frozen_until_us > clockwork_.now_us()) return;
                     if (!user.page->is_wanted(room)) user.page->join(room, JoinFrom::since, there, events);
                   });
}

void World::carry_out_at_server(const Step& step) {
  constexpr std::uint64_t kStrikeMax = 60, kFullMax_us = 20 * kSecond;
  switch (step.act) {
    case Act::server_publish:
      return publish_from_server(step.room);
    case Act::kill:
      return backend_.end(Backend::End::killed);
    case Act::power:
      return backend_.end(Backend::End::power_lost);
    case Act::drain:
      return backend_.drain();
    case Act::strike:
      return backend_.disk().plan(Disk::Error::power, 1 + step.a % kStrikeMax);
    case Act::failed_sync:
      return backend_.disk().plan(step.a % 2 == 0 ? Disk::Error::sync : Disk::Error::write, 1 + step.b % kStrikeMax);
    case Act::full:
      backend_.disk().plan(Disk::Error::space, 1 + step.a % kStrikeMax);
      return clockwork_.after(step.b % kFullMax_us, [this] { backend_.disk().heal(); });
    case Act::wall_clock:
      ledger_.clock_in_doubt();
      return backend_.jump_wall_clock(static_cast<std::int64_t>(step.a % (2 * kDayMs)) - static_cast<std::int64_t>(kDayMs));
    case Act::delete_room:
      if (!kPlaces[step.room].is_deletable) return;
      delete_room(step.room, step.a % (5 * kSecond));
      // Somebody else deletes it too, at the same time or while the first is under way.
      if (step.b % 2 == 0)
        clockwork_.after(step.c % (20 * kMs), [this, room = step.room, again_us = step.a % (5 * kSecond)] {
          if (!is_settling_ && backend_.is_up()) delete_room(room, again_us);
        });
      return;
    default:
      return;
  }
}

/// A shard stands still, perhaps the one that has the user's connection, which is lost meanwhile, and the next one soon after.
void World::stall(User& user, const Step& step) {
  constexpr std::uint64_t kStallMin_us = 100 * kMs, kStallMax_us = 2 * kSecond, kAgainMax_us = 300 * kMs;
  backend_.stall(step.a, kStallMin_us + step.b % kStallMax_us);
  if (step.b % 2 == 0) return;
  user.page->cut();
  clockwork_.after(step.c % kAgainMax_us, [&user, page = user.pages] {
    if (user.pages == page) user.page->cut();
  });
}

void World::publish_from_server(RoomIndex room) {
  const MessageId id = ledger_.tried(room, 0);
  ServerPublish message;
  message.room_id = kPlaces[room].id;
  message.event = kEvents[0].name;
  message.payload = "{\"n\":" + std::to_string(id) + "}";
  const auto done = [this, id, room](const PublishResult& result) {
    if (result.fault.code == ErrorCode::ok) return ledger_.acknowledged(id, room, {result.position.epoch, result.position.seq});
    // It has no number to ask again with, so a store that fails leaves open what became of it.
    if (result.fault.code == ErrorCode::store_unavailable) return ledger_.unknown(id);
    ledger_.refused(id, result.fault.code);
  };
  backend_.ask(std::move(message), done);
}

void World::delete_room(RoomIndex room, std::uint64_t again_us) {
  ledger_.deletion(room);
  const auto deletion = deletions_.insert(deletions_.end(), {ledger_.starts(), 0});
  backend_.ask(DeleteRoom{std::string(kPlaces[room].id)}, [this, room, again_us, deletion](ErrorCode code) {
    promise(++deletion->answers == 1, [] { return std::string("a deletion was answered twice"); });
    if (code != ErrorCode::ok || kPlaces[room].is_pattern) return;
    deleted_.insert(room);
    clockwork_.after(again_us, [this, room] { create_room(room); });
  });
}

void World::create_room(RoomIndex room) {
  if (!deleted_.contains(room)) return;
  const Definitions definitions = definitions_of(version_);
  const auto found = std::find_if(definitions.rooms.begin(), definitions.rooms.end(),
                                  [room](const RoomDefinition& definition) { return definition.id == kPlaces[room].id; });
  backend_.ask(CreateRoom{*found}, [this, room](ErrorCode) { deleted_.erase(room); });
}

}  // namespace dialogue::simulation
