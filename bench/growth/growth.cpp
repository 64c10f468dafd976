// Server CPU of what is about one page or one user where very much else exists: `bench_growth ROOMS USERS ROUNDS`. One shard
// without a network, so that nothing but the decision is measured; time is the thread's CPU time. Each user has a connection and
// is in the room `all`. Prints one line of JSON for each thing measured: {"what": ..., "us": [...]}.
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "tests/server/core/support/cluster.hpp"

namespace {

using namespace dialogue;
using namespace dialogue::calls;
using namespace dialogue::core;
using namespace dialogue::store;

constexpr double kNsPerUs = 1000, kUsPerS = 1'000'000;

double cpu_us() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * kUsPerS + static_cast<double>(time.tv_nsec) / kNsPerUs;
}

std::string padded(std::size_t number) {
  const std::string digits = std::to_string(number);
  return std::string(7 - digits.size(), '0') + digits;
}
std::string room_name(std::size_t number) { return "team-" + padded(number); }
std::string user_name(std::size_t number) { return "user-" + padded(number); }

std::unique_ptr<ShardConfig> config_for(std::size_t users) {
  auto config = testing::test_config();
  config->limits.connections_max = users;
  config->definitions.client_limits.reads = RateLimit{kSafeIntegerMax >> 20, 1};  // what is measured is what one of them costs
  return config;
}

class Town {
 public:
  Town(std::size_t rooms, std::size_t users) : config_(config_for(users)), shard_(*config_, 0, 1, 7), store_(7) {
    for (std::size_t i = 0; i < rooms; ++i) {
      RoomDefinition room;
      room.id = room_name(i);
      if (i % 2 == 1) room.access.join = Grants{"role:member-{id}"};  // half of them are not for everybody
      post(CreateRoom{std::move(room)});
    }
    RoomDefinition all;
    all.id = "all";
    all.events = {"note"};
    post(CreateRoom{std::move(all)});
    for (std::size_t i = 0; i < users; ++i) {
      people_.push_back(shard_.apply(ConnectionOpened{}, now_, actions_).opened);
      say(i, R"([1,1,0,0,{"identity":{"userId":")" + user_name(i) + "\"}}]");
      say(i, R"([2,1,0,0,0,"all",{}])");
    }
  }

  void say(std::size_t user, std::string text) {
    shard_.apply(MessageReceived{people_[user], text}, now_, actions_);
    settle();
  }
  void post(ShardMessage message) {
    shard_.apply(ShardMessageReceived{std::move(message)}, now_, actions_);
    settle();
  }
  template <typename Call, typename Done>
  void ask(Call message, Done done) {
    done_ = call_done<Call>(std::move(done), [](const Error&) {});
    message.call = 1;
    post(std::move(message));
  }

 private:
  void settle() {
    testing::answer_store(shard_, store_, now_, actions_);
    for (Action& action : actions_)
      if (auto* answer = std::get_if<AnswerCall>(&action)) done_(std::move(*answer->result));
    actions_.clear();
  }

  std::unique_ptr<ShardConfig> config_;
  Shard shard_;
  MemoryStore store_;
  Time now_{1000, testing::kStartUnixMs};
  Actions actions_;
  CallDone done_;
  std::vector<ConnectionId> people_;
};

void measure(const char* what, std::size_t rounds, const std::function<void(std::size_t round)>& work) {
  std::printf("{\"what\":\"%s\",\"us\":[", what);
  for (std::size_t round = 0; round < rounds; ++round) {
    const double before = cpu_us();
    work(round);
    std::printf("%s%.1f", round == 0 ? "" : ",", cpu_us() - before);
  }
  std::printf("]}\n");
}

/// Ends the program unless a question was answered as it must be, or the figures would be of nothing.
void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_growth: %s\n", what);
  std::exit(1);
}

void run(std::size_t rooms, std::size_t users, std::size_t rounds) {
  Town town(rooms, users);
  // Places and users that are spread over all that there are.
  const auto room_at = [&](std::size_t round) { return room_name(round * (rooms - 2000) / rounds); };
  const auto user_at = [&](std::size_t round) { return round * (users - 2000) / rounds; };

  measure("LIST, a page of 100", rounds,
          [&](std::size_t round) { town.say(user_at(round), R"([8,7,{"after":")" + room_at(round) + "\"}]"); });
  measure("LIST, a page of 1,000", rounds,
          [&](std::size_t round) { town.say(user_at(round), R"([8,7,{"limit":1000,"after":")" + room_at(round) + "\"}]"); });
  measure("rooms for the application, a page of 100", rounds, [&](std::size_t round) {
    std::size_t found = 0;
    town.ask(RoomsQuery{{room_at(round), 100}}, [&](const std::vector<RoomInfo>& page) { found = page.size(); });
    demand(found == 100, "a page of 100 rooms was due");
  });
  measure("users, a page of 100", rounds, [&](std::size_t round) {
    std::size_t found = 0;
    town.ask(UsersQuery{{user_name(user_at(round)), 100}, {}}, [&](const std::vector<UserInfo>& page) { found = page.size(); });
    demand(found == 100, "a page of 100 users was due");
  });
  measure("members of a room of all users, a page of 100", rounds, [&](std::size_t round) {
    std::size_t found = 0;
    town.ask(MembersQuery{"all", {user_name(user_at(round)), 100}},
             [&](const MembersQuery::Result& page) { found = page.members.size(); });
    demand(found == 100, "a page of 100 members was due");
  });
  measure("one event for one user", rounds, [&](std::size_t round) {
    std::size_t sent = 0;
    town.ask(SendEvent{user_name(user_at(round)), "", "note", "1", "system"},
             [&](const SendEvent::Result& result) { sent = result.connections; });
    demand(sent == 1, "the event was due to one connection");
  });
  measure("one user out of one room", rounds, [&](std::size_t round) {
    std::size_t left = 0;
    town.ask(LeaveRoom{user_name(user_at(round)), "all"}, [&](std::size_t count) { left = count; });
    demand(left == 1, "one membership was to end");
  });
  measure("one user disconnected", rounds, [&](std::size_t round) {
    std::size_t ended = 0;
    town.ask(KickUser{user_name(user_at(round) + 1), "enough"}, [&](std::size_t count) { ended = count; });
    demand(ended == 1, "one connection was to end");
  });
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "bench_growth ROOMS USERS ROUNDS\n");
    return 2;
  }
  const auto number = [&](int index) { return static_cast<std::size_t>(std::strtoull(arguments[index], nullptr, 10)); };
  run(number(1), number(2), number(3));
  return 0;
}
