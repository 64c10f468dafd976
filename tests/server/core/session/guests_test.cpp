// Guests who come back: their name, and with it their numbers and their place. What nobody may have by a secret that was made up.
#include <catch2/catch.hpp>

#include "server/core/access/guest_seal.hpp"
#include "server/core/connection/session_secret.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

constexpr const char* kSealKey = "the key of the store";

struct Guest {
  Client client;
  std::string name, resume;
};

std::string member(const std::string& object, const std::string& name) {
  const std::size_t at = object.find("\"" + name + "\":\"");
  demand(at != std::string::npos, "WELCOME says " + name + ": " + object);
  const std::size_t begin = at + name.size() + 4;
  return object.substr(begin, object.find('"', begin) - begin);
}

/// Without a name, unless `identity` gives one; with the producer "p".
Guest arrive(Cluster& cluster, const std::string& resume = {}, const std::string& identity = "{}") {
  Client client = cluster.connect();
  client.send(frame({FrameType::hello, 1, 0, cluster.config().catalogue.fingerprint()},
                    R"({"identity":)" + identity + R"(,"producer":{"id":"p"},"resume":")" + resume + "\"}"));
  const std::string welcome = client.only();
  return {client, member(welcome, "userId"), member(welcome, "resume")};
}

Cluster& sealing(Cluster& cluster, const char* key = kSealKey) {
  cluster.identify_by(with_guest_seals(source_of(development_authenticator(true)), key));
  return cluster;
}

std::unique_ptr<ShardConfig> config_of_process(const char* secret) {
  auto config = test_config();
  config->session_secret = secret;
  return config;
}

}  // namespace

TEST_CASE("F-K01 a guest who resumes keeps the same name, so that repeated publications are stored once") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_of_process("one"));
  sealing(cluster);
  Guest guest = arrive(cluster);
  CHECK(guest.name.starts_with("guest-"));
  const Joined chat = guest.client.join("chat");
  guest.client.publish(chat.room, kMessage, 1, R"({"text":"hello"})");
  guest.client.lose();
  const bool is_late = GENERATE(false, true);
  if (is_late) cluster.advance(86'000'000);  // the session is long over; the name is not
  Guest back = arrive(cluster, guest.resume);
  CHECK(back.name == guest.name);
  const Joined again = back.client.join("chat");
  back.client.take();
  back.client.publish(again.room, kMessage, 1, R"({"text":"hello"})");
  CHECK(begins(back.client.only(), {FrameType::ack, again.room, 1, chat.epoch, 1}));
  CHECK(again.head == 1);
}

TEST_CASE("F-K01 the name outlives the process if the key does, and with another key it does not") {
  Cluster first(1, config_of_process("one")), second(1, config_of_process("two")), other(1, config_of_process("two"), 8);
  const Guest guest = arrive(sealing(first));
  CHECK(arrive(sealing(second), guest.resume).name == guest.name);
  CHECK(arrive(sealing(other, "another key"), guest.resume).name != guest.name);
}

TEST_CASE("F-K02 a guest takes his own place in a full room again") {
  Cluster cluster(GENERATE(1u, 3u, 5u), config_of_process("one"));
  sealing(cluster);
  Guest ann = arrive(cluster), bob = arrive(cluster);
  ann.client.join("small");
  bob.client.join("small");
  ann.client.lose();
  Guest eve = arrive(cluster);
  eve.client.ask_join(1, "small");
  CHECK(eve.client.only() == refused(1, ErrorCode::room_full, "2"));
  Guest back = arrive(cluster, ann.resume);
  CHECK(back.client.join("small").object.find(ann.name) != std::string::npos);
}

TEST_CASE("F-K01 a forged, changed, cut or foreign seal gives no name") {
  Cluster cluster(1, config_of_process("one"));
  sealing(cluster);
  const Guest guest = arrive(cluster);
  const std::string secret = guest.resume.substr(0, kSessionSecretDigits), seal = guest.resume.substr(kSessionSecretDigits);
  REQUIRE(seal.size() == kGuestSealDigits);
  std::vector<std::string> forged = {secret, secret + seal.substr(1),       secret + seal + "0",
                                     seal,   secret + std::string(48, '0'), secret + guest_seal(HmacKey("guessed"), 1)};
  for (std::size_t at = 0; at < seal.size(); ++at) {
    std::string changed = seal;
    changed[at] = changed[at] == '0' ? '1' : '0';
    forged.push_back(secret + changed);
  }
  for (const std::string& resume : forged) CHECK(arrive(cluster, resume).name != guest.name);
  CHECK(arrive(cluster, secret + seal).name == guest.name);
  CHECK(arrive(cluster, std::string(kSessionSecretDigits, '0') + seal).name == guest.name);  // of a process that has ended
}

TEST_CASE("F-K01 a seal names guests only: a development identity is kept, and a seal does not lead to a named user") {
  Cluster cluster(1, config_of_process("one"));
  sealing(cluster);
  const Guest guest = arrive(cluster);
  CHECK(arrive(cluster, guest.resume, R"({"userId":"ann"})").name == "ann");
  const Guest ann = arrive(cluster, {}, R"({"userId":"ann"})");
  const Guest thief = arrive(cluster, ann.resume);
  CHECK(thief.name.starts_with("guest-"));
  CHECK(thief.name != guest.name);
}

TEST_CASE("a user with a token gets no seal, and its session is resumed as before") {
  Cluster cluster(1, config_of_process("one"));
  cluster.identify_by(with_guest_seals(
      [](IdentityQuestion&&, const std::function<void(AuthResult)>& done) {
        Identity identity;
        identity.user_id = "ann";
        TokenFacts token;
        token.expires_s = kStartUnixMs / 1000 + 3600;
        identity.token = std::make_shared<const TokenFacts>(std::move(token));
        done(identity);
      },
      kSealKey));
  Client client = cluster.connect();
  client.send(frame({FrameType::hello, 1, 0, 0}, "{}"));
  CHECK(member(client.take().front(), "resume").size() == kSessionSecretDigits);
}

}  // namespace dialogue::testing
