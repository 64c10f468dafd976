// See schedule.hpp.
#include "tests/simulation/schedule.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace dialogue::simulation {
namespace {

enum ScheduleStream : std::uint64_t { kSetup = 1, kSteps = 2, kWays = 5 };

struct Row {
  Act act;
  std::string_view name;
  std::uint64_t weight;
  bool is_fault;  ///< left out altogether by half of the seeds, so that the others stand out
};
constexpr std::array kRows = {
    Row{Act::join, "join", 6, false},
    Row{Act::leave, "leave", 2, false},
    Row{Act::reopen, "reopen", 3, false},
    Row{Act::publish, "publish", 45, false},
    Row{Act::burst, "burst", 10, false},
    Row{Act::abort, "abort", 1, false},
    Row{Act::history, "history", 4, false},
    Row{Act::list, "list", 1, false},
    Row{Act::server_publish, "server_publish", 3, false},
    Row{Act::stop_reading, "stop_reading", 3, true},
    Row{Act::read_again, "read_again", 3, false},
    Row{Act::reload, "reload", 4, true},
    Row{Act::freeze, "freeze", 2, true},
    Row{Act::page_clock, "page_clock", 1, true},
    Row{Act::wake, "wake", 1, false},
    Row{Act::cut, "cut", 5, true},
    Row{Act::silence, "silence", 2, true},
    Row{Act::offline, "offline", 2, true},
    Row{Act::slow, "slow", 3, true},
    Row{Act::kill, "kill", 2, true},
    Row{Act::power, "power", 2, true},
    Row{Act::drain, "drain", 1, true},
    Row{Act::strike, "strike", 2, true},
    Row{Act::full, "full", 2, true},
    Row{Act::failed_sync, "failed_sync", 1, true},
    Row{Act::wall_clock, "wall_clock", 1, true},
    Row{Act::delete_room, "delete_room", 2, true},
    Row{Act::flood, "flood", 1, false},
    Row{Act::move, "move", 4, false},
    Row{Act::stall, "stall", 3, true},
};
static_assert(kRows.size() == static_cast<std::size_t>(Act::count_));

constexpr std::uint32_t kUsersMax = 4, kShardsMax = 4, kFewRooms = 3;
constexpr std::uint32_t kStepsMin = 30, kStepsMax = 120;
constexpr std::uint64_t kSpanMin_us = 5 * kSecond, kSpanMax_us = 60 * kSecond;

Weather make_weather(Chance& chance) {
  constexpr std::array<std::uint64_t, 4> kDelays_us = {500, 5'000, 40'000, 300'000};
  constexpr std::array<std::size_t, 4> kUnread = {256, 1'448, 4'096, 65'536};
  Weather weather;
  weather.delay_most_us = kDelays_us[chance.below(kDelays_us.size())];
  weather.delay_least_us = weather.delay_most_us / 5;
  weather.unread_bytes_max = kUnread[chance.below(kUnread.size())];
  return weather;
}

Ways make_ways(Chance& chance) {
  const std::array<std::vector<Way>, 4> kOrders = {
      {{Way::socket}, {Way::tunnel}, {Way::socket, Way::tunnel}, {Way::tunnel, Way::socket}}};
  return {kOrders[chance.below(kOrders.size())], chance.one_in(2)};
}

/// A few rooms for all, so that users meet; or as many as there are, so that each user is in many.
std::vector<RoomIndex> rooms_of(Chance& chance) {
  std::vector<RoomIndex> rooms(kPlaces.size());
  std::iota(rooms.begin(), rooms.end(), 0);
  for (std::size_t i = rooms.size(); i > 1; --i) std::swap(rooms[i - 1], rooms[chance.below(i)]);
  rooms.resize(chance.one_in(2) ? chance.between(1, kFewRooms) : chance.between(kFewRooms, rooms.size()));
  return rooms;
}

}  // namespace

Setup make_setup(std::uint64_t seed) {
  Chance chance = Chance::of(seed, kSetup, 0);
  constexpr std::array<std::size_t, 3> kBehind = {400, 5'000, 262'144};
  constexpr std::array<std::uint64_t, 4> kStore_us = {50, 2'000, 20'000, 200'000};
  constexpr std::array<std::uint64_t, 3> kMail_us = {10, 1'000, 30'000};
  Setup setup;
  setup.users = static_cast<std::uint32_t>(chance.between(2, kUsersMax));
  for (std::uint32_t i = 0; i < setup.users; ++i) {
    setup.outboxes.push_back(chance.one_in(2));
    setup.guests.push_back(chance.one_in(3));
    setup.weather.push_back(make_weather(chance));
  }
  Chance of_ways = Chance::of(seed, kWays, 0);
  for (std::uint32_t i = 0; i < setup.users; ++i) {
    setup.ways.push_back(of_ways.one_in(2) ? Ways{} : make_ways(of_ways));
    setup.weather[i].request_loss = of_ways.one_in(2) ? 0 : of_ways.between(4, 20);
  }
  setup.has_listener = of_ways.one_in(2);
  setup.backend.seed = chance.next() >> 12;
  setup.backend.version = 0;
  setup.backend.shards = static_cast<std::uint32_t>(chance.between(1, kShardsMax));
  setup.backend.behind_bytes = kBehind[chance.below(kBehind.size())];
  // What events may have, and more for answers.
  setup.backend.backlog_bytes = setup.backend.behind_bytes + (chance.one_in(2) ? 320 * 1024 : 1024 * 1024);
  setup.backend.store_delay_us = kStore_us[chance.below(kStore_us.size())];
  setup.backend.mail_delay_us = kMail_us[chance.below(kMail_us.size())];
  setup.span_us = chance.between(kSpanMin_us, kSpanMax_us);
  setup.backend.small_room = setup.users;
  if (chance.one_in(2)) setup.backend.room_idle_ms = setup.backend.memory_log_kept_ms = chance.between(1, 2'000);
  return setup;
}

std::vector<Step> make_schedule(std::uint64_t seed, std::uint32_t count) {
  Chance chance = Chance::of(seed, kSteps, 0);
  const Setup setup = make_setup(seed);
  const std::vector<RoomIndex> rooms = rooms_of(chance);
  std::vector<const Row*> lots;
  for (const Row& row : kRows)
    if (!row.is_fault || chance.one_in(2)) lots.insert(lots.end(), row.weight, &row);
  const auto most = static_cast<std::uint32_t>(chance.between(kStepsMin, kStepsMax));
  std::vector<Step> steps(count == 0 ? most : count);
  for (Step& step : steps) {
    step.at_us = chance.below(setup.span_us);
    step.act = lots[chance.below(lots.size())]->act;
    step.user = static_cast<std::uint32_t>(chance.below(setup.users));
    step.room = rooms[chance.below(rooms.size())];
    step.a = chance.next();
    step.b = chance.next();
    step.c = chance.next();
  }
  std::stable_sort(steps.begin(), steps.end(), [](const Step& x, const Step& y) { return x.at_us < y.at_us; });
  for (std::uint32_t i = 0; i < steps.size(); ++i) steps[i].index = i;
  return steps;
}

std::string text_of(const Setup& setup) {
  const BackendSetup& backend = setup.backend;
  std::string text = std::to_string(setup.users) + " users, " + std::to_string(backend.shards) + " shards, behind at " +
                     std::to_string(backend.behind_bytes) + " bytes, store answers within " +
                     std::to_string(2 * backend.store_delay_us) + " us, mail within " + std::to_string(backend.mail_delay_us) +
                     " us" + (setup.has_listener ? ", somebody who only listens" : "");
  for (std::uint32_t i = 0; i < setup.users; ++i)
    text += "\n  user-" + std::to_string(i) + ": delays up to " + std::to_string(setup.weather[i].delay_most_us) +
            " us, sockets of " + std::to_string(setup.weather[i].unread_bytes_max) + " bytes" +
            (setup.ways[i].order.size() > 1               ? ", by a race"
             : setup.ways[i].order.front() == Way::tunnel ? ", over requests"
                                                          : "") +
            (setup.outboxes[i] ? ", an outbox that is kept" : "") + (setup.guests[i] ? ", a guest" : "");
  return text;
}

std::string text_of(const Step& step) {
  constexpr std::uint64_t kDigits = 1000;
  const std::uint64_t ms = step.at_us / kMs;
  std::string fraction = std::to_string(kDigits + ms % kDigits).substr(1);
  return "#" + std::to_string(step.index) + " " + std::to_string(ms / kDigits) + "." + fraction + " s  user-" +
         std::to_string(step.user) + " " + std::string(kRows[static_cast<std::size_t>(step.act)].name) + " " +
         std::string(kPlaces[step.room].id);
}

}  // namespace dialogue::simulation
