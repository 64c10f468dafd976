// LIST by pages: what a page costs is bounded, whatever there is, and nothing that the asker may not see shows in it.
#include "server/core/connection/room_list.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/replay/format/recording_head.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;
using namespace replay;

namespace {

using nlohmann::json;

void make_rooms(Cluster& cluster, const std::string& prefix, int count, const std::optional<Grants>& join = {}) {
  for (int i = 0; i < count; ++i) {
    RoomDefinition room;
    room.id = prefix + std::to_string(10'000 + i);
    room.access.join = join;
    cluster.post(CreateRoom{std::move(room)});
  }
}

/// The result of one LIST, which must be granted.
json list(Client& client, const std::string& options) {
  client.send("[8,5," + options + "]");
  const json reply = json::parse(client.only());
  REQUIRE(reply[2] == 0);
  return reply[3];
}

std::vector<std::string> ids(const json& page) {
  std::vector<std::string> all;
  for (const json& room : page["rooms"]) all.push_back(room["id"]);
  return all;
}

json after(const json& page, int limit) { return {{"after", page["next"]}, {"limit", limit}}; }

}  // namespace

TEST_CASE("F-K12 LIST is paged: each page begins where the previous one ended, and the last has no next") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  make_rooms(cluster, "party-", 250);
  Client ann = cluster.greeted("ann");
  std::vector<std::string> all;
  json page = list(ann, R"({"limit":100})");
  for (int pages = 1;; ++pages, page = list(ann, after(page, 100).dump())) {
    const auto more = ids(page);
    all.insert(all.end(), more.begin(), more.end());
    if (!page.contains("next")) {
      CHECK(pages == 3);
      break;
    }
    CHECK(more.size() == 100);
    CHECK(page["next"] == more.back());
  }
  CHECK(all.size() == 256);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(ids(list(ann, R"({"after":"quiet","limit":1})")) == std::vector<std::string>{"shy"});
  CHECK(ids(list(ann, R"({"after":"zzz"})")).empty());
}

TEST_CASE("F-K12 LIST without options returns a page of 100 rooms, and reports that more follow") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  make_rooms(cluster, "party-", 250);
  Client ann = cluster.greeted("ann");
  ann.send("[8,5]");
  const json result = json::parse(ann.only())[3];
  CHECK(result["rooms"].size() == kListEntriesUsual);
  CHECK(result["omitted"] == 1);
  CHECK(result["next"] == result["rooms"].back()["id"]);
}

TEST_CASE("F-K12 a page passes over a bounded number of rooms that the asker may not see, and none of their ids shows") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  make_rooms(cluster, "hidden-", 5 * static_cast<int>(kHiddenRoomsMax) + 500, Grants{"role:admin"});
  Client ann = cluster.greeted("ann");
  std::vector<std::string> all;
  json page = list(ann, "{}");
  int pages = 1;
  for (; page.contains("next"); ++pages, page = list(ann, after(page, 100).dump())) {
    CHECK(page["next"].get<std::string>().front() == '#');
    CHECK(page.dump().find("hidden-") == std::string::npos);
    for (const std::string& id : ids(page)) all.push_back(id);
    REQUIRE(pages < 10);
  }
  for (const std::string& id : ids(page)) all.push_back(id);
  CHECK(pages > 1);
  CHECK(all == std::vector<std::string>{"chat", "picky", "quiet", "shy", "silent", "small"});
}

TEST_CASE("F-K12 a place that is not kept any more is refused, and so are limits out of bounds") {
  Cluster cluster(1);
  make_rooms(cluster, "hidden-", static_cast<int>(kHiddenRoomsMax) + 1, Grants{"role:admin"});
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const json page = list(ann, "{}");
  const auto refused_with = [](Client& client, const std::string& options) {
    client.send("[8,5," + options + "]");
    const json reply = json::parse(client.only());
    CHECK(reply[2] == number(ErrorCode::request_invalid));
    return reply[3]["message"].get<std::string>();
  };
  CHECK(refused_with(bob, after(page, 100).dump()).find("begin again") != std::string::npos);
  const json same = list(ann, after(page, 100).dump());  // the same page again is no fault, as long as it is the last
  CHECK(list(ann, after(page, 100).dump()) == same);
  CHECK(refused_with(ann, R"({"after":"#77"})").find("begin again") != std::string::npos);
  CHECK(refused_with(ann, R"({"limit":0})").find("1 to 1000") != std::string::npos);
  CHECK(refused_with(ann, R"({"limit":1001})").find("1 to 1000") != std::string::npos);
  CHECK(refused_with(ann, R"({"limit":-1})").find("limit") != std::string::npos);
  CHECK(refused_with(ann, R"({"after":7})").find("after") != std::string::npos);
}

TEST_CASE("F-K12 one LIST of a connection is under way; a few wait, in their order, and the rest come again later") {
  const auto config = test_config();
  Shard here(*config, 0, 2, 7);
  const Time now{1000, kStartUnixMs};
  Actions actions;
  const ConnectionId id = here.apply(ConnectionOpened{}, now, actions).opened;
  std::string text = R"([1,1,0,0,{"identity":{"userId":"ann"}}])";
  here.apply(MessageReceived{id, text}, now, actions);
  answer_identities(here, now, actions);
  const std::string user = "ann";
  if (shard_of(user, 2) == 1) here.apply(ShardMessageReceived{UserResponse{id, user, true, true}}, now, actions);
  actions.clear();

  for (std::size_t req = 1; req <= kListsWaitingMax + 3; ++req) {
    std::string list = "[8," + std::to_string(req) + "]";
    here.apply(MessageReceived{id, list}, now, actions);
  }
  std::vector<std::uint64_t> gathers;
  Frames answers;
  const auto look = [&] {
    for (Action& action : actions) {
      if (const auto* send = std::get_if<SendFrame>(&action)) answers.push_back(*send->text);
      auto* post = std::get_if<PostMessage>(&action);
      if (post == nullptr) continue;
      const auto* question = std::get_if<Gather<VisibleRooms>>(&post->message.body());
      if (question != nullptr) gathers.push_back(question->number);
    }
    actions.clear();
  };
  look();
  CHECK(gathers.size() == 1);
  REQUIRE(answers.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(begins(answers[i], {FrameType::reply, kListsWaitingMax + 2 + i, number(ErrorCode::rate_limited)}));
    CHECK(answers[i].find("\"retryAfterMs\":100") != std::string::npos);
  }
  for (std::size_t req = 1; req <= kListsWaitingMax + 1; ++req) {
    here.apply(ShardMessageReceived{ShardMessage(ShardMessageBody(Collected{gathers.back(), RoomsPart{}}), 1)}, now, actions);
    look();
    CHECK(begins(answers.back(), {FrameType::reply, req, 0}));
    CHECK(gathers.size() == std::min<std::size_t>(req + 1, kListsWaitingMax + 1));
  }
}

TEST_CASE("F-N02 requests that read are limited by default, with a time to wait; a page of 1,000 rooms counts as ten") {
  Cluster cluster(GENERATE(1u, 3u, 5u));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  ann.take();
  std::size_t granted = 0;
  std::string refusal;
  for (std::uint64_t req = 1; refusal.empty() && req < 2 * kReadRequestsMax; ++req) {
    const std::string number = std::to_string(req), room = std::to_string(chat.room);
    const std::string frames[] = {"[8," + number + "]", "[5," + number + "," + room + ",0]", "[6," + number + "," + room + ",0]",
                                  "[7," + number + "," + room + ",1,10,1]",
                                  "[12," + number + R"(,{"right":"join","room":"chat"}])"};
    ann.send(frames[req % 5]);
    const json reply = json::parse(ann.only());
    if (reply[2] == 0)
      ++granted;
    else
      refusal = reply.dump();
  }
  CHECK(granted == kReadRequestsMax);
  const json refused = json::parse(refusal);
  CHECK(refused[2] == number(ErrorCode::rate_limited));
  const std::uint64_t wait_ms = refused[3]["retryAfterMs"];
  CHECK(wait_ms > 0);
  CHECK(wait_ms <= kReadRequestsWindowMs / kReadRequestsMax);
  cluster.advance(wait_ms);
  CHECK(list(ann, "{}")["rooms"].size() == 6);

  for (std::size_t i = 0; i < kReadRequestsMax / 10; ++i) list(bob, R"({"limit":1000})");
  bob.send("[8,9]");
  CHECK(json::parse(bob.only())[2] == number(ErrorCode::rate_limited));
}

TEST_CASE("F-N02 the limit of requests that read is a setting") {
  auto config = test_config();
  config->definitions.client_limits.reads = RateLimit{3, 1000};
  Cluster cluster(1, std::move(config));
  Client ann = cluster.greeted("ann");
  for (int i = 0; i < 3; ++i) list(ann, "{}");
  ann.send("[8,9]");
  CHECK(ann.only() == frame({FrameType::reply, 9, number(ErrorCode::rate_limited)},
                            R"({"message":"The rate limit is exceeded.","retryAfterMs":334})"));
}

TEST_CASE("F-N02 a recording keeps the limit of requests that read") {
  auto config = test_config();
  config->definitions.client_limits.reads = RateLimit{3, 1000};
  RecordingHead head;
  REQUIRE(read_recording_head(recording_head(*config, 1, 7, true), head).empty());
  const auto& reads = head.config->definitions.client_limits.reads;
  REQUIRE(reads);
  CHECK(reads->max_events == 3);
  CHECK(reads->window_ms == 1000);
  CHECK_FALSE(head.config->definitions.client_limits.rooms);
}

}  // namespace dialogue::testing
