// Tokens for rooms, and clients that show them: for the tests of what such a token gives and of how long.
#pragma once
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include "server/core/connection/room_token.hpp"
#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

struct RoomTokenFacts {
  std::string user = "ann", rooms = R"({"*":"*"})";  ///< rooms empty: the token has no such claim
  std::uint64_t lasts_s = 3600;
  std::string id = {};
};

/// Tokens are names, and this is what they say.
inline std::map<std::string, RoomTokenFacts> tokens() {
  return {{"ann", {.rooms = ""}},
          {"ann-hour", {.rooms = "", .id = "session"}},
          {"ann-but-chat", {.rooms = R"({"game-*":"*"})"}},
          {"ann-may-manage", {.rooms = R"({"*":["*","manage"]})"}},
          {"bob", {.user = "bob", .rooms = ""}},
          {"all", {}},
          {"listen", {.rooms = R"({"chat":["join","history"]})", .id = "listen-1"}},
          {"note", {.rooms = R"({"chat":["join","publish:note"]})"}},
          {"lonely", {.rooms = R"({"chat":["join","publish"]})"}},
          {"minute", {.rooms = R"({"chat":["join","publish"]})", .lasts_s = 60, .id = "minute-1"}},
          {"over", {.lasts_s = 0}},
          {"no-rooms", {.rooms = ""}},
          {"locked", {.rooms = R"({"locked":["join"]})"}},
          {"elsewhere", {.rooms = R"({"small":"*"})"}},
          {"no-join", {.rooms = R"({"chat":["publish"]})"}},
          {"bobs", {.user = "bob"}}};
}

inline AuthResult read(const std::string& token, std::uint64_t unix_ms) {
  const auto all = tokens();
  const auto found = all.find(token);
  if (found == all.end()) return Refusal{ErrorCode::token_invalid, "it is none of ours"};
  TokenFacts facts;
  facts.id = found->second.id;
  facts.issued_s = unix_ms / 1000;
  facts.expires_s = unix_ms / 1000 + found->second.lasts_s;
  facts.claims = found->second.rooms.empty() ? "{}" : R"({"rooms":)" + found->second.rooms + "}";
  facts.digest = 1 + std::hash<std::string>()(token);
  facts.capabilities = std::get<0>(Capabilities::from_claims(facts.claims));
  Identity identity;
  identity.user_id = found->second.user;
  identity.token = std::make_shared<const TokenFacts>(std::move(facts));
  return identity;
}

inline IdentitySource at_once() {
  return [](IdentityQuestion&& question, const std::function<void(AuthResult)>& done) {
    done(read(question.credentials.token, question.unix_ms));
  };
}

/// Answers for sessions at once, and for rooms by hand.
struct SlowAuthority {
  std::deque<std::pair<std::string, std::function<void(AuthResult)>>> questions;

  IdentitySource source() {
    return [this](IdentityQuestion&& question, std::function<void(AuthResult)> done) {
      if (question.random != 0) return done(read(question.credentials.token, question.unix_ms));
      questions.emplace_back(question.credentials.token, std::move(done));
    };
  }
  void answer(Cluster& cluster) {
    auto [token, done] = std::move(questions.front());
    questions.pop_front();
    done(read(token, cluster.now().unix_ms));
    cluster.settle();
  }
};

inline Client session(Cluster& cluster, const std::string& token, const std::string& more = {}) {
  Client client = cluster.connect();
  client.send(R"([1,1,0,0,{"token":")" + token + '"' + more + "}]");
  const Frames frames = client.take();
  demand(!frames.empty() && begins(frames[0], {FrameType::welcome}), "WELCOME was due");
  return client;
}

inline std::string with(const std::string& token) { return R"({"token":")" + token + "\"}"; }

inline std::string asked(Client client, std::uint64_t req, std::string_view room, const std::string& token) {
  client.ask_join(req, room, with(token));
  return client.only();
}

/// Another token for a room that it is in.
inline std::string renewed(Client client, std::uint64_t req, std::string_view room, const std::string& token) {
  client.send(frame({FrameType::join, req, 3, 0, 0}, '"' + std::string(room) + "\"," + with(token)));
  return client.only();
}

inline std::string can(Client client, const std::string& right, const std::string& more = {}) {
  client.send(R"([12,9,{"right":")" + right + R"(","room":"chat")" + more + "}]");
  return client.only();
}

inline std::string no(const std::string& reason) { return R"([42,9,0,{"allowed":false,"reason":")" + reason + R"("}])"; }

const std::string kYes = R"([42,9,0,{"allowed":true}])";

inline void live(Cluster& cluster, Client& client, std::uint64_t ms) {
  constexpr std::uint64_t kStepMs = 1'000;
  for (std::uint64_t at = 0; at < ms; at += kStepMs) {
    cluster.advance(kStepMs);
    client.pong();
  }
}

/// Without the server's own pings.
inline Frames heard(Client& client) {
  Frames frames = client.take();
  std::erase_if(frames, [](const std::string& text) { return begins(text, {FrameType::ping}); });
  return frames;
}

/// With a room `locked`, which lets in by a token for it only.
inline std::unique_ptr<ShardConfig> locked_config() {
  auto config = test_config();
  RoomDefinition locked;
  locked.id = locked.name = "locked";
  locked.events = {"message"};
  locked.access.join = locked.access.manage = Grants{"token"};
  config->definitions.rooms.push_back(std::move(locked));
  CatalogueResult made = make_catalogue(config->definitions);
  demand(made.ok(), "the test's definitions are well-formed");
  config->catalogue_bytes = std::move(made.bytes);
  config->catalogue = *CatalogueView::parse(config->catalogue_bytes);
  return config;
}

}  // namespace dialogue::testing
