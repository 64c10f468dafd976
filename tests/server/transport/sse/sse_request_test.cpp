// What a request asks for, and the frames that it becomes.
#include "server/transport/sse/sse_request.hpp"

#include <catch2/catch.hpp>

namespace dialogue::transport {
namespace {

SseRequest read(std::string_view query, std::optional<std::string_view> id = {}) {
  auto request = read_sse_request(query, id);
  if (const auto* fault = std::get_if<std::string>(&request)) FAIL(*fault);
  return std::get<SseRequest>(std::move(request));
}

}  // namespace

TEST_CASE("a query becomes HELLO and a JOIN for each room, in its order") {
  const SseRequest request = read("rooms=news,orders%2Eeu&userId=ann+b&_=17");
  CHECK(request.rooms == std::vector<std::string>{"news", "orders.eu"});
  const SseFrames frames = sse_frames(request, 42);
  CHECK(frames.first ==
        "[1,1,0,42,{\"client\":\"push stream\",\"identity\":{\"userId\":\"ann b\"},\"direct\":[]}]\n"
        "[2,1,0,0,0,\"news\",{}]\n[2,2,0,0,0,\"orders.eu\",{}]");
  CHECK(frames.second.empty());
}

TEST_CASE("rows: what is sent to the user is asked for with user=me only, and then as `events` says") {
  const auto hello = [](const std::string& query) {
    const std::string text = sse_frames(read(query), 0).first;
    return text.substr(0, text.find('\n'));
  };
  CHECK(hello("rooms=a") == R"([1,1,0,0,{"client":"push stream","direct":[]}])");
  CHECK(hello("rooms=a&user=me") == R"([1,1,0,0,{"client":"push stream"}])");
  CHECK(hello("user=me&events=order.*,note") == R"([1,1,0,0,{"client":"push stream","direct":["order.*","note"]}])");
}

TEST_CASE("an id says from where, the header's before the query's, and `last` without an id") {
  const auto joins = [](const SseRequest& request) { return sse_frames(request, 0).first.substr(47); };
  CHECK(joins(read("rooms=a,b&last=5")) == "[2,1,1,0,5,\"a\",{}]\n[2,2,1,0,5,\"b\",{}]");
  CHECK(joins(read("rooms=a,b&last=5", "z.1-10.2")) == "[2,1,2,35,1,\"a\",{}]\n[2,2,2,36,2,\"b\",{}]");
  CHECK(joins(read("rooms=a,b&lastEventId=z.1-10.2")) == "[2,1,2,35,1,\"a\",{}]\n[2,2,2,36,2,\"b\",{}]");
  CHECK(joins(read("rooms=a&lastEventId=z.1", "z.9")) == "[2,1,2,35,9,\"a\",{}]");
  // Of one room: whether that was a or b is unknown.
  CHECK(read("rooms=a,b", "z.1").is_id_unknown);
  CHECK(joins(read("rooms=a,b", "z.1")) == "[2,1,2,0,0,\"a\",{}]\n[2,2,2,0,0,\"b\",{}]");
  const SseRequest unknown = read("rooms=a", "no id");
  CHECK(unknown.is_id_unknown);
  CHECK(joins(unknown) == "[2,1,2,0,0,\"a\",{}]");
}

TEST_CASE("sixteen rooms need two messages") {
  std::string query = "rooms=r1";
  for (int i = 2; i <= 16; ++i) query += ",r" + std::to_string(i);
  const SseFrames frames = sse_frames(read(query), 0);
  CHECK(std::count(frames.first.begin(), frames.first.end(), '\n') == 15);
  CHECK(frames.second == "[2,16,0,0,0,\"r16\",{}]");
}

TEST_CASE("a fault of a query is reported with the remedy") {
  const auto fault = [](std::string_view query) {
    auto read = read_sse_request(query, {});
    return std::holds_alternative<std::string>(read) ? std::get<std::string>(read) : std::string("none");
  };
  CHECK(fault("") == "The query has no rooms. Write, for example, /events?rooms=news,sports.");
  CHECK(fault("room=news") == fault(""));
  CHECK(fault("rooms=a,,b") == "rooms: \"\" is not a room id. Write, for example, /events?rooms=news,sports.");
  CHECK(fault("rooms=a,a") == "rooms: the room a is listed twice.");
  CHECK(fault("rooms=a&rooms=b") == "The query has the parameter \"rooms\" twice.");
  CHECK(fault("rooms=%4") == "The query is not percent-encoded UTF-8.");
  CHECK(fault("rooms=a&last=1001") == "last: \"1001\" is not a number of events from 0 to 1000.");
  CHECK(fault("rooms=" + std::string(90, 'a') + "%C3%A9" + std::string(90, '!')).size() < 200);
}

}  // namespace dialogue::transport
