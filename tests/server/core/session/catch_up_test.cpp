// Members that are behind: after a join at an old place, on a congested connection, without credit; and when what they miss is
// gone.
#include <map>
#include <set>

#include "tests/server/core/session/catch_up_kit.hpp"

namespace dialogue::testing {

using namespace core;
using namespace store;

TEST_CASE("R-69 events that are published while a member catches up come once, in order") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 5);
  cluster.store().held = true;
  join_since(bob, chat, 2);
  Frames frames = bob.take();
  REQUIRE(frames.size() == 1);
  CHECK(begins(frames[0], {FrameType::joined, 5, chat.room, chat.epoch, 1, 5, 1}));
  ann.publish(chat.room, kMessage, 1, kHi);
  cluster.store().release();
  cluster.settle();
  publish(ann, chat, 1);
  CHECK(told(bob.take()) == " 3 4 5 6 7");
}

TEST_CASE("R-69 a thousand random rejoins among publications: each sequence once, in order") {
  const std::uint64_t seed = GENERATE(range(1, 11));
  SeededRandom random(seed);
  Cluster cluster(static_cast<std::uint32_t>(1 + random.below(3)), durable_config_keeping(10'000), seed);
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  std::uint64_t position = 0, published = 0;
  Client bob = cluster.greeted("bob");
  join_since(bob, chat, 0);
  for (int step = 0; step < 300; ++step) {
    cluster.store().held = random.below(3) == 0;
    for (std::uint64_t i = random.below(8); i > 0; --i) {
      ann.publish(chat.room, kMessage, 1, kHi);
      ++published;
    }
    if (!cluster.store().held || random.below(2) == 0) {
      cluster.store().release();
      cluster.settle();
    }
    for (const std::string& line : bob.take()) {
      Frame frame;
      REQUIRE(read_frame(line, frame) == ErrorCode::ok);
      if (frame.type == FrameType::event) REQUIRE(frame.integers[2] == ++position);
    }
    if (random.below(4) != 0) continue;
    bob.vanish();
    bob = cluster.greeted("bob");
    cluster.store().release();
    cluster.settle();
    join_since(bob, chat, position);
  }
  cluster.store().release();
  cluster.settle();
  for (const std::string& line : bob.take())
    if (line.rfind("[36,", 0) == 0) ++position;
  CHECK(position == published);
}

TEST_CASE("F-C1 a page that an ended membership asked for is not given to the next one") {
  constexpr std::uint64_t kFirstSince = 20, kSecondSince = 5, kHead = 30;
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, kHead);
  cluster.store().held = true;
  join_since(bob, chat, kFirstSince);
  bob.send(frame({FrameType::leave, 6, chat.room}));
  join_since(bob, chat, kSecondSince);
  cluster.store().release();
  cluster.settle();
  std::string expected;
  for (std::uint64_t seq = kSecondSince + 1; seq <= kHead; ++seq) expected += " " + std::to_string(seq);
  CHECK(told(bob.take()) == expected);
}

TEST_CASE("F-C1 a page that never came to an ended membership does not end the connection of the next one") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  cluster.store().held = true;
  join_since(bob, chat, 1);
  bob.send(frame({FrameType::leave, 6, chat.room}));
  cluster.advance(kRequestTimeoutMs - 1'000);
  join_since(bob, chat, 0);
  cluster.advance(2'000);
  CHECK(bob.close_code() == 0);
  cluster.store().release();
  cluster.settle();
  CHECK(told(bob.take()) == " 1 2 3");
}

TEST_CASE("R-59 equal pages that are requested at the same time are read once") {
  Cluster cluster(1, durable_config_keeping(1000));
  Client ann = cluster.greeted("ann");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 30);
  const std::size_t before = cluster.store().reads;
  cluster.store().held = true;
  std::vector<Client> back;
  for (int i = 0; i < 100; ++i) {
    back.push_back(cluster.greeted("user" + std::to_string(i)));
    join_since(back.back(), chat, 0);
  }
  cluster.store().release();
  cluster.settle();
  CHECK(cluster.store().reads == before + 1);
  for (Client& client : back) CHECK(told(client.take()).substr(0, 6) == " 1 2 3");
}

TEST_CASE("10,000 events behind: pages of at most 100, the next when the last has left") {
  Cluster cluster(1, durable_config_keeping(20'000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 10'000);
  cluster.hold_drains(true);
  join_since(bob, chat, 0);
  CHECK(bob.take().size() == 101);  // JOINED and one page
  publish(ann, chat, 10);
  CHECK(told(bob.take()).empty());
  cluster.hold_drains(false);
  cluster.settle();
  const Frames rest = bob.take();
  std::size_t events = 0;
  for (const std::string& line : rest) events += line.rfind("[36,", 0) == 0 ? 1 : 0;
  CHECK(events == 9'910);
  CHECK(begins(rest.back(), {FrameType::event, chat.room, kMessage, 10'010}));
}

TEST_CASE("unsubscribed events are skipped during catch-up") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 2);
  publish(ann, chat, 3, kNote);
  publish(ann, chat, 1);
  publish(ann, chat, 2, kNote);
  join_since(bob, chat, 0, R"({"events":["message"]})");
  CHECK(told(bob.take()) == " 1 2 (3-5) 6 (7-8)");
}

TEST_CASE("R-64 a congested connection gets its events from the log once it has sent what it had") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat");
  cluster.hold_drains(true);
  bob.backlog(300'000, 10);
  publish(ann, chat, 5);
  ann.publish(chat.room, kTyping, 1, "1");
  CHECK(bob.take().empty());  // nothing more is queued for it; what is not in the log is lost to it
  cluster.hold_drains(false);
  cluster.settle();
  CHECK(told(bob.take()) == " 1 2 3 4 5");
  publish(ann, chat, 1);
  CHECK(told(bob.take()) == " 6");
  CHECK(bob.close_code() == 0);
}

TEST_CASE("R-65 a thousand lagging members share one text, live and during catch-up") {
  const auto config = test_config();
  Shard shard(*config, 0, 1, 7);
  MemoryStore store(7);
  const Time now{1000, kStartUnixMs};
  Actions actions;
  std::vector<ConnectionId> members;
  for (int i = 0; i < 1000; ++i) {
    members.push_back(shard.apply(ConnectionOpened{}, now, actions).opened);
    std::string message = "[1,1,0,0,{}]\n[2,1,0,0,0,\"chat\",{}]";
    shard.apply(MessageReceived{members.back(), message}, now, actions);
    answer_store(shard, store, now, actions);
  }
  Frame joined;
  for (const Action& action : actions)
    if (const auto* send = std::get_if<SendFrame>(&action)) REQUIRE(read_frame(*send->text, joined) == ErrorCode::ok);
  REQUIRE(joined.type == FrameType::joined);
  const std::uint64_t room = joined.integers[1];
  const auto texts_of = [&actions](std::string_view part) {
    std::set<const std::string*> texts;
    std::size_t count = 0;
    for (const Action& action : actions)
      if (const auto* send = std::get_if<SendFrame>(&action); send != nullptr && send->text->find(part) != std::string::npos) {
        texts.insert(send->text.get());
        ++count;
      }
    return std::pair(count, texts.size());
  };
  const auto publish_text = [&](std::string text) {
    actions.clear();
    std::string message = frame({FrameType::publish, room, kMessage, 0, 0}, R"({"text":")" + text + "\"}");
    shard.apply(MessageReceived{members.front(), message}, now, actions);
    answer_store(shard, store, now, actions);
  };
  publish_text("live");
  CHECK(texts_of("live") == std::pair<std::size_t, std::size_t>{1000, 1});
  actions.clear();
  for (const ConnectionId member : members) shard.apply(BacklogChanged{member, 300'000, 10}, now, actions);
  publish_text("later");
  CHECK(texts_of("later").first == 0);
  actions.clear();
  for (const ConnectionId member : members) shard.apply(SendDrained{member}, now, actions);
  answer_store(shard, store, now, actions);
  CHECK(texts_of("later").first == 1000);
}

TEST_CASE("credit: nothing beyond it, the rest from the log when it grows, and other rooms are not held up") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat"), picky = ann.join("picky");
  bob.join("chat");
  bob.join("picky");
  bob.send(frame({FrameType::credit, chat.room, 2}));
  publish(ann, chat, 5);
  publish(ann, picky, 1);
  ann.publish(chat.room, kTyping, 1, "1");
  CHECK(told(bob.take()) == " 1 2 1");
  bob.send(frame({FrameType::credit, chat.room, 4}));
  CHECK(told(bob.take()) == " 3 4");
  publish(ann, chat, 1);
  CHECK(told(bob.take()).empty());
  bob.send(frame({FrameType::credit, chat.room, kSafeIntegerMax}));
  CHECK(told(bob.take()) == " 5 6");
  publish(ann, chat, 1);
  CHECK(told(bob.take()) == " 7");
  bob.send(frame({FrameType::credit, 999, 1}));  // of a room that one is not in
  CHECK(bob.take().empty());
}

TEST_CASE("F-K09 credit is a sequence: an event beyond it waits, also after events that the member does not want") {
  Cluster cluster(GENERATE(1u, 3u, 5u), durable_config_keeping(1000));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  bob.join("chat", R"({"events":["message"]})");
  bob.send(frame({FrameType::credit, chat.room, 3}));
  publish(ann, chat, 1);
  publish(ann, chat, 3, kNote);
  publish(ann, chat, 1);
  CHECK(told(bob.take()) == " 1");
  bob.send(frame({FrameType::credit, chat.room, 10}));
  CHECK(told(bob.take()) == " (2-4) 5");
}

TEST_CASE("R-49 a user without the right to read history gets none by a position either") {
  auto config = durable_config_keeping(100);
  for (RoomDefinition& room : config->definitions.rooms)
    if (room.id == "chat") room.access.history = {"role:admin"};
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann"), bob = cluster.greeted("bob");
  const Joined chat = ann.join("chat");
  publish(ann, chat, 3);
  join_since(bob, chat, 1);
  const Frames frames = bob.take();
  REQUIRE(frames.size() == 1);
  CHECK(begins(frames[0], {FrameType::joined, 5, chat.room, chat.epoch, 4, 3, 0}));
  CHECK(frames[0].find(R"("reason":"forbidden")") != std::string::npos);
  bob.send(frame({FrameType::history, 6, chat.room, 3, 10, 0}));
  CHECK(bob.only() == refused(6, ErrorCode::forbidden, "history needs role:admin"));
}

TEST_CASE("whatever order letters between shards take, each member sees every sequence of each room once") {
  const std::uint64_t seed = GENERATE(range(1, 21));
  CAPTURE(seed);
  SeededRandom random(seed);
  Cluster cluster(3, durable_config_keeping(10'000), seed);
  const std::vector<std::string> rooms = {"chat", "game-1", "game-2", "picky", "small"};
  std::map<std::string, Joined> known;
  Client publisher = cluster.greeted("publisher");
  for (const std::string& room : rooms) known[room] = publisher.join(room);
  struct Listener {
    Client client;
    std::map<std::uint64_t, std::uint64_t> next;  ///< by the number of a room that it is in
  };
  std::vector<Listener> listeners;
  for (int i = 0; i < 6; ++i) listeners.push_back({cluster.greeted("user" + std::to_string(i)), {}});
  const auto check = [](Listener& listener) {
    for (const std::string& text : listener.client.take()) {
      Frame parsed;
      REQUIRE(read_frame(text, parsed) == ErrorCode::ok);
      REQUIRE(parsed.type != FrameType::gap);
      if (parsed.type == FrameType::joined) listener.next[parsed.integers[1]] = 1;
      if (parsed.type == FrameType::left) listener.next.erase(parsed.integers[1]);
      if (parsed.type != FrameType::event && parsed.type != FrameType::skip) continue;
      REQUIRE(listener.next.contains(parsed.integers[0]));
      std::uint64_t& next = listener.next[parsed.integers[0]];
      const bool is_skip = parsed.type == FrameType::skip;
      REQUIRE(parsed.integers[is_skip ? 1 : 2] == next);
      next = parsed.integers[2] + 1;
    }
  };
  cluster.interleave();
  std::map<std::uint64_t, std::uint64_t> acknowledged;
  const auto count_answers = [&] {  // some may be refused: too many are in flight
    for (const std::string& text : publisher.take()) {
      Frame parsed;
      REQUIRE(read_frame(text, parsed) == ErrorCode::ok);
      if (parsed.type == FrameType::ack) ++acknowledged[parsed.integers[0]];
    }
  };
  for (int step = 0; step < 500; ++step) {
    const std::string& room = rooms[random.below(rooms.size())];
    Listener& listener = listeners[random.below(listeners.size())];
    const bool is_game = room.starts_with("game");
    const std::uint64_t kind = random.below(10);
    if (kind < 6) {
      publisher.publish(known[room].room, is_game ? kMove : kNote, 0, "1");
    } else if (kind < 8) {
      listener.client.send(frame({FrameType::join, 5, 2, known[room].epoch, 0}, "\"" + room + "\",{}"));
    } else if (kind < 9) {
      listener.client.send(frame({FrameType::leave, 6, known[room].room}));
    } else {
      listener.client.backlog(random.below(600'000), 0);
    }
    check(listener);
    count_answers();
  }
  cluster.settle();
  cluster.advance(2000);
  cluster.settle();
  count_answers();
  for (Listener& listener : listeners) {
    check(listener);
    for (const auto& [room, joined] : known)
      if (const auto next = listener.next.find(joined.room); next != listener.next.end())
        CHECK(next->second == acknowledged[joined.room] + 1);
  }
}

}  // namespace dialogue::testing
