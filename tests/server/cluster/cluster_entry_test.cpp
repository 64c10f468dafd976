// The entries of the cluster's log as texts: there and back, texts that other versions wrote, and texts that are none.
#include "server/cluster/cluster_entry.hpp"

#include <catch2/catch.hpp>

#include "server/cluster/cluster_state.hpp"

namespace dialogue::testing {

using namespace cluster;

namespace {

const std::string kAnn = "00000000000000aa", kBob = "00000000000000bb";

core::LogRecord text_record(const std::string& event, const std::string& payload, const std::string& from = kAnn) {
  core::LogRecord record;
  record.event = event;
  record.from = from;
  record.payload = payload;
  return record;
}

/// The entry's text, read and written again.
void check_round_trip(const Entry& entry) {
  const core::LogRecord written = record_of(entry, kAnn);
  CAPTURE(written.event, written.payload);
  CHECK(written.payload.find('\n') == std::string::npos);
  const DecodedEntry read = entry_of(written);
  REQUIRE(read.entry);
  CHECK(read.entry->index() == entry.index());
  CHECK(record_of(*read.entry, kAnn).payload == written.payload);
  CHECK(bytes_of(entry) > 0);
}

template <typename Type>
Type read_as(const std::string& event, const std::string& payload) {
  const DecodedEntry read = entry_of(text_record(event, payload));
  CAPTURE(event, payload, read.fault);
  REQUIRE(read.entry);
  return std::get<Type>(*read.entry);
}

TEST_CASE("every entry is read as it was written") {
  const NodeFacts facts{kAnn, 4, "1.2.3", "f00d"};
  const std::vector<core::PresentUser> users = {{"u1", "Ann \"A\"", "{\"a\":[[1]]}"}, {"u2", "", ""}};
  check_round_trip(Hello{facts});
  check_round_trip(Hello{{kAnn, 4, "1.2.3", "f00d", "db-1:8080", 1'700'000'000'000}});
  check_round_trip(Here{facts, {kAnn, kBob}});
  check_round_trip(Shared{});
  check_round_trip(Beat{});
  check_round_trip(Bye{});
  check_round_trip(Gone{kBob});
  check_round_trip(Share{"lobby", 7, users, "a", "z"});
  check_round_trip(Share{"lobby", 0, {}, {}, {}});
  check_round_trip(Change{"lobby", -3, users, {"u3", "\xC3\xA9"}});
  check_round_trip(Change{"lobby", 9007199254740991, {}, {}});
  check_round_trip(Claim{"lobby", 9007199254740991, 10, 9});
  check_round_trip(Release{"lobby", 2});
  check_round_trip(Mail{kBob, 3, "{\"x\":\"line\\nline\"}\n\x01"});
  check_round_trip(Mail{{}, kEveryShard, {}});
}

TEST_CASE("a message has any bytes") {
  const std::string bytes("\x00\xFF\x80 text", 8);
  const DecodedEntry read = entry_of(record_of(Mail{kBob, 1, bytes}, kAnn));
  REQUIRE(read.entry);
  CHECK(std::get<Mail>(*read.entry).text == bytes);
}

TEST_CASE("texts of the first version keep their meaning") {
  const auto hello = read_as<Hello>("hello", R"({"id":"00000000000000aa","shards":4,"version":"1.2","catalogue":"f0"})");
  CHECK(hello.facts == NodeFacts{kAnn, 4, "1.2", "f0"});
  const auto here =
      read_as<Here>("here", R"({"id":"00000000000000aa","shards":1,"version":"","catalogue":"","nodes":["00000000000000bb"]})");
  CHECK(here.nodes == std::vector<std::string>{kBob});
  read_as<Shared>("shared", "{}");
  read_as<Beat>("beat", "{}");
  read_as<Bye>("bye", "{}");
  CHECK(read_as<Gone>("gone", R"({"node":"00000000000000bb"})").node == kBob);
  const auto share =
      read_as<Share>("share", R"({"room":"r","seats":2,"users":[{"id":"u","name":"U","meta":"{}"}],"after":"a","upTo":"z"})");
  CHECK(share.seats == 2);
  CHECK(share.after + share.up_to == "az");
  REQUIRE(share.users.size() == 1);
  CHECK(share.users[0].user_id + share.users[0].name + share.users[0].meta == "uU{}");
  const auto change = read_as<Change>("change", R"({"room":"r","lost":2,"joined":[{"id":"u"}],"left":["v"]})");
  CHECK(change.seats_change == -2);
  CHECK(change.joined.size() == 1);
  CHECK(change.left == std::vector<std::string>{"v"});
  CHECK(read_as<Change>("change", R"({"room":"r","gained":5})").seats_change == 5);
  const auto claim = read_as<Claim>("claim", R"({"room":"r","ticket":7,"placesMax":3,"taken":2})");
  CHECK(claim.ticket * 100 + claim.places_max * 10 + claim.taken == 732);
  CHECK(read_as<Release>("release", R"({"room":"r","count":4})").count == 4);
  const auto mail = read_as<Mail>("mail", R"({"to":"00000000000000bb","shard":2,"text":"hi"})");
  CHECK(mail.to + mail.text == kBob + "hi");
  CHECK(mail.shard == 2);
  CHECK(read_as<Mail>("mail", R"({"shard":4294967295,"base64":"AP8="})").text == std::string("\x00\xFF", 2));
}

TEST_CASE("unknown types and members, of a newer version, are ignored") {
  const DecodedEntry newer = entry_of(text_record("vote", R"({"for":[1,2]})"));
  CHECK_FALSE(newer.entry);
  CHECK(newer.fault.empty());
  CHECK(read_as<Release>("release", R"({"why":{"deep":[1,{"room":"x"}]},"room":"r","count":1})").room == "r");
  CHECK(read_as<Share>("share", R"({"room":"r","seats":1,"users":[{"id":"u","badge":[7]}]})").users[0].user_id == "u");
}

TEST_CASE("a record that is not an entry is refused with a reason") {
  const auto fault = [](const std::string& event, const std::string& payload, const std::string& from = kAnn) {
    const DecodedEntry read = entry_of(text_record(event, payload, from));
    CAPTURE(event, payload);
    CHECK_FALSE(read.entry);
    return read.fault;
  };
  CHECK(fault("hello", R"({"id":"00000000000000bb"})") == "its id is not its sender's");
  CHECK(fault("beat", "{}", "ann") == "its sender is not a node's id");
  CHECK(fault("beat", "") == "its payload is not a JSON object");
  CHECK(fault("beat", "{} x") == "its payload is not a JSON object");
  CHECK(fault("beat", "[]") == "its payload is not a JSON object");
  CHECK(fault("gone", "{}") == "its member \"node\" is missing");
  CHECK(fault("gone", R"({"node":"x"})") == "its node is not a node's id");
  CHECK(fault("gone", R"({"node":7})") == "its member \"node\" is not valid");
  CHECK(fault("release", R"({"room":"","count":1})") == "its room is empty");
  CHECK(fault("release", R"({"room":"r","count":-1})") == "its member \"count\" is not valid");
  CHECK(fault("release", R"({"room":"r","count":9007199254740992})") == "its member \"count\" is not valid");
  CHECK(fault("release", R"({"room":")" + std::string(kRoomBytesMax + 1, 'r') + R"(","count":1})") ==
        "its member \"room\" is not valid");
  CHECK(fault("mail", R"({"to":"bob","text":""})") == "its receiver is not a node's id");
  CHECK(fault("mail", R"({"base64":"*"})") == "its member \"base64\" is not valid");
  CHECK(fault("share", R"({"room":"r","seats":1,"users":[{"name":"nobody"}]})") == "its member \"users\" is not valid");
  CHECK(fault("share", R"({"room":"r","seats":1,"users":{}})") == "its member \"users\" is not valid");
  CHECK(fault("here", R"({"id":"00000000000000aa","nodes":["x"]})") == "its member \"nodes\" is not valid");
}

TEST_CASE("a text that is cut anywhere is refused, never read as another entry") {
  const std::string whole = R"({"room":"r","seats":2,"users":[{"id":"u","name":"\u00e9","meta":"{}"}],"after":"a"})";
  for (std::size_t end = 0; end < whole.size(); ++end) {
    const DecodedEntry read = entry_of(text_record("share", whole.substr(0, end)));
    CHECK_FALSE(read.entry);
    CHECK_FALSE(read.fault.empty());
  }
}

}  // namespace
}  // namespace dialogue::testing
