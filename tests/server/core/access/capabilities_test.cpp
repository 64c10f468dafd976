// The claim `rooms`: patterns, claims within them, rights, and what is refused.
#include "server/core/access/capabilities.hpp"

#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "tests/share_of.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

Capabilities capabilities(const std::string& claims) {
  auto read = Capabilities::from_claims(claims);
  INFO(claims);
  REQUIRE(std::holds_alternative<std::optional<Capabilities>>(read));
  REQUIRE(std::get<0>(read).has_value());
  return *std::get<0>(read);
}

std::string fault(const std::string& claims) {
  auto read = Capabilities::from_claims(claims);
  const auto* words = std::get_if<std::string>(&read);
  return words == nullptr ? "" : *words;
}

bool joins(const std::string& pattern, const std::string& room, const std::string& more = "") {
  return capabilities("{" + more + "\"rooms\":{\"" + pattern + "\":\"join\"}}").allows(room, Right::join);
}

/// Tries every way to share the room id out among the stars: slow, and plainly right.
bool naive(std::string_view pattern, std::string_view room) {
  if (pattern.empty()) return room.empty();
  if (pattern.front() != '*') return !room.empty() && pattern.front() == room.front() && naive(pattern.substr(1), room.substr(1));
  for (std::size_t taken = 1; taken <= room.size(); ++taken)
    if (naive(pattern.substr(1), room.substr(taken))) return true;
  return false;
}

}  // namespace

TEST_CASE("a star matches one or more characters, everything else itself") {
  CHECK(joins("chat", "chat"));
  for (const char* other : {"chat2", "Chat", "cha", "chat ", "ch\xc3\xa4t"}) CHECK_FALSE(joins("chat", other));
  CHECK(joins("game-*", "game-1"));
  CHECK_FALSE(joins("game-*", "game-"));
  CHECK(joins("*", "anything:at/all"));
  CHECK(joins("a*b*c", "a-b-c"));
  CHECK(joins("a*b*c", "axbxbxc"));
  CHECK_FALSE(joins("a*b*c", "abc"));
  CHECK_FALSE(joins("a*", "b:a1"));
}

TEST_CASE("R-50 patterns against a naive matcher") {
  SeededRandom random(1);
  const auto word = [&](std::string_view letters, std::size_t most) {
    std::string text(random.below(most + 1), ' ');
    for (char& letter : text) letter = letters[random.below(letters.size())];
    return text;
  };
  for (std::size_t i = 0; i < share_of(1'000'000); ++i) {
    const std::string pattern = "a" + word("ab*-", 6), room = word("aab-", 9);
    INFO(pattern << " " << room);
    CHECK(joins(pattern, room) == naive(pattern, room));
  }
}

TEST_CASE("a claim in a pattern is literal text, without stars or braces of its own") {
  CHECK(joins("user-{sub}", "user-ann", R"("sub":"ann",)"));
  CHECK_FALSE(joins("user-{sub}", "user-bob", R"("sub":"ann",)"));
  CHECK_FALSE(joins("user-{sub}", "user-bob", R"("sub":"*",)"));
  CHECK(joins("user-{sub}", "user-*", R"("sub":"*",)"));
  CHECK_FALSE(joins("{a}-x", "ann-x", R"("sub":"ann","a":"{sub}",)"));
  CHECK(joins("tenant-{t}-*", "tenant-acme-7", R"("t":"acme",)"));
  CHECK_FALSE(joins("tenant-{t}-*", "tenant-acme-", R"("t":"acme",)"));
  for (const char* no_text : {"", R"("t":7,)", R"("t":"",)", R"("t":["acme"],)", R"("t":null,)"})
    CHECK_FALSE(joins("tenant-{t}-*", "tenant-acme-7", no_text));
}

TEST_CASE("F-S5 a claim ends where the pattern says, so that no bearer is in the rooms of a longer claim") {
  const auto fault_of = [](const std::string& pattern, const std::string& claim) {
    const std::string text = R"({"t":")" + claim + R"(","u":"x","rooms":{")" + pattern + R"(":"join"}})";
    const auto read = Capabilities::from_claims(text);
    const auto* words = std::get_if<std::string>(&read);
    return words == nullptr ? std::string() : *words;
  };
  const std::string cut = ": the claim t contains the character that separates it; use another one, such as ~";
  const std::string bare = ": a character must separate {t} from what varies beside it";
  for (const char* pattern : {"tenant-{t}-*", "*-{t}", "{t}-{u}", "*-{t}x", "a-{t}-b*"}) {
    CHECK(fault_of(pattern, "acme-eu") == "rooms: " + std::string(pattern) + cut);
    CHECK(fault_of(pattern, "acme").empty());
  }
  for (const char* pattern : {"tenant-{t}*", "*{t}", "{t}{u}"})
    CHECK(fault_of(pattern, "acme") == "rooms: " + std::string(pattern) + bare);
  CHECK(fault_of("*~{t}~*", "acme") == "rooms: *~{t}~*: a * stands on one side of {t} only");
  for (const char* pattern : {"tenant-{t}", "tenant-{t}-all", "tenant-{t}~*", "*~{t}", "{t}~{u}"})
    CHECK(fault_of(pattern, "acme-eu").empty());
}

TEST_CASE("rights of all patterns that match come together; a star is all but manage") {
  const Capabilities some =
      capabilities(R"({"rooms":{"chat":["join","publish:message"],"c*":["history","publish:note"],"staff":"*","*":"presence",)"
                   R"("hall":["publish","manage"]}})");
  CHECK(some.allows("chat", Right::join));
  CHECK(some.allows("chat", Right::history));
  CHECK(some.allows("chat", Right::presence));
  CHECK_FALSE(some.allows("chat", Right::publish));
  CHECK_FALSE(some.allows("chat", Right::manage));
  CHECK(some.allows_publish("chat", "message"));
  CHECK(some.allows_publish("chat", "note"));
  CHECK_FALSE(some.allows_publish("chat", "notice"));
  CHECK_FALSE(some.allows("club", Right::join));
  for (const Right right : {Right::join, Right::publish, Right::history, Right::presence}) CHECK(some.allows("staff", right));
  CHECK_FALSE(some.allows("staff", Right::manage));
  CHECK(some.allows_publish("hall", "anything"));
  CHECK(some.allows("hall", Right::manage));
  CHECK_FALSE(capabilities(R"({"rooms":{}})").allows("chat", Right::join));
}

TEST_CASE("F-N08 of the claims only rooms and what its patterns name is needed, and grants the same") {
  CHECK(Capabilities::claims_needed(R"({"sub":"ann","email":"ann@example.com"})") == "{}");
  CHECK(Capabilities::claims_needed(R"({"sub":"ann","email":"e","rooms":{"chat":"join"}})") == R"({"rooms":{"chat":"join"}})");
  const std::string claims =
      R"({"email":"e","rooms":{"{ten\u0061nt}-{sub}":["join"],"{lost}":"*"},"tenant":"acme","sub":"ann","team":"x"})";
  const std::string needed = Capabilities::claims_needed(claims);
  CHECK(needed.find("email") == std::string::npos);
  CHECK(needed.find("team") == std::string::npos);
  for (const std::string& each : {claims, needed}) {
    CHECK(capabilities(each).allows("acme-ann", Right::join));
    CHECK_FALSE(capabilities(each).allows("acme-bob", Right::join));
  }
}

TEST_CASE("F-N09 a room is named by its id or a claim, not by a star") {
  const Capabilities some = capabilities(R"({"sub":"ann","rooms":{"chat":"join","game-*":"join","inbox-{sub}":"join"}})");
  CHECK(some.names("chat"));
  CHECK(some.names("inbox-ann"));
  CHECK_FALSE(some.names("game-1"));
  CHECK_FALSE(some.names("inbox-bob"));
}

TEST_CASE("no claim narrows nothing; one of another form is refused with its place") {
  CHECK_FALSE(std::get<0>(Capabilities::from_claims(R"({"sub":"ann"})")).has_value());
  CHECK(fault(R"({"rooms":[]})") == "rooms: an object is due");
  CHECK(fault(R"({"rooms":{"chat":"jion"}})") == "rooms: chat: \"jion\" is not a right");
  CHECK(fault(R"({"rooms":{"chat":["publish:"]}})") == "rooms: chat: \"publish:\" is not a right");
  CHECK(fault(R"({"rooms":{"chat":{}}})") == "rooms: chat: a right or a list of rights is due");
  CHECK(fault(R"({"rooms":{"chat":[1]}})") == "rooms: chat: a right is a text");
  CHECK(fault(R"({"rooms":{"a":"join","a":"join"}})") == "rooms: a is there twice");
  CHECK(fault(R"({"rooms":{"":"join"}})") == "rooms: : a pattern has 1 to 128 bytes");
  for (const char* pattern : {"{", "a}", "{}", "a{b"})
    CHECK(fault(R"({"rooms":{")" + std::string(pattern) + R"(":"join"}})") ==
          "rooms: " + std::string(pattern) + ": { and } stand around the name of a claim");
  std::string many = R"({"rooms":{)";
  for (std::size_t i = 0; i <= kRoomGrantsMax; ++i) many += (i ? ",\"r" : "\"r") + std::to_string(i) + R"(":"join")";
  CHECK(fault(many + "}}").find("more than 64 patterns") != std::string::npos);
}

}  // namespace dialogue::testing
