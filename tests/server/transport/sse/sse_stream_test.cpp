// The codec of push streams: frames in, blocks out.
#include "server/transport/sse/sse_stream.hpp"

#include <catch2/catch.hpp>

#include "server/core/util/seeded_random.hpp"
#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::transport {

using namespace core;

namespace {

/// Events 1 "message" and 2 "order.paid".
const CatalogueView& catalogue() {
  static const auto bytes = [] {
    Definitions definitions;
    for (const char* name : {"message", "order.paid"}) {
      EventDefinition event;
      event.name = name;
      event.schema = definitions.schemas.add({});
      definitions.events.push_back(event);
    }
    return make_catalogue(definitions).bytes;
  }();
  static const CatalogueView view = *CatalogueView::parse(bytes);
  return view;
}

SharedBytes shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

const std::string kWelcome = R"([33,1,0,0,25000,0,0,{"session":"s","userId":"ann","name":"ann","limits":{}}])";

/// JOINED of a room that begins at its head.
std::string joined(int req, int room, int epoch, int head, bool is_recovered = true, int base = 1) {
  const auto text = [](int number) { return std::to_string(number) + ','; };
  return "[34," + text(req) + text(room) + text(epoch) + text(base) + text(head) + (is_recovered ? "1" : "0") +
         R"(,{"roomId":"r","name":"r","reason":"trimmed","clock":0,"members":[]}])";
}

std::string event(int room, int number, int seq, const std::string& payload) {
  return "[36," + std::to_string(room) + ',' + std::to_string(number) + ',' + std::to_string(seq) + ",1700,\"bob\",0," + payload +
         ']';
}

struct Stream {
  explicit Stream(const std::string& query, std::optional<std::string_view> id = {})
      : codec({"HEAD\r\n\r\n", {}, 0, 3000, std::get<SseRequest>(read_sse_request(query, id))}, texts) {}
  /// Gives it texts as the connection does: all are seen before the first is translated.
  std::string give(const std::vector<std::string>& given) {
    for (const std::string& text : given) waiting.push_back(shared(text));
    if (codec.phase() == SseStream::Phase::opening)
      for (; seen < waiting.size(); ++seen) codec.observe(*waiting[seen]);
    if (codec.phase() == SseStream::Phase::opening) return "(opening)";
    std::string out;
    for (const SharedBytes& text : std::exchange(waiting, {}))
      if (const SharedBytes bytes = codec.translate(text)) out += *bytes;
    return out;
  }
  SseTexts texts{catalogue()};
  SseStream codec;
  std::vector<SharedBytes> waiting;
  std::size_t seen = 0;
};

const std::string kOpened =
    "HEAD\r\n\r\n" + sse_padding() +
    "retry: 3000\n\nevent: dialogue.open\ndata: {\"userId\":\"ann\",\"session\":\"s\",\"rooms\":[\"a\"]}\n\n";

}  // namespace

TEST_CASE("a stream says nothing until its rooms are joined, then where it is, then each event with its id") {
  Stream stream("rooms=a");
  CHECK(stream.give({kWelcome}) == "(opening)");
  CHECK(stream.give({joined(1, 7, 36, 4), event(7, 2, 5, R"({"n":1})")}) ==
        kOpened +
            "id: 10.4\n\nid: 10.5\nevent: order.paid\ndata: "
            R"({"event":"order.paid","roomId":"a","data":{"n":1},"from":"bob","timestamp":1700,"seq":5,"epoch":36})"
            "\n\n");
  CHECK(stream.give({event(7, 1, 0, "0") + '\n' + event(7, 1, 6, "1")}) ==
        "event: message\ndata: "
        R"({"event":"message","roomId":"a","data":0,"from":"bob","timestamp":1700,"seq":0,"epoch":36})"
        "\n\nid: 10.6\nevent: message\ndata: "
        R"({"event":"message","roomId":"a","data":1,"from":"bob","timestamp":1700,"seq":6,"epoch":36})"
        "\n\n");
}

TEST_CASE("streams of one room share a text's translation") {
  SseTexts texts(catalogue());
  const SharedBytes text = shared(event(7, 1, 5, "1"));
  const SharedBytes whole = texts.whole_of(text, "a", 36).bytes;
  CHECK(texts.whole_of(text, "a", 36).bytes == whole);
  for (int i = 0; i < 100; ++i) CHECK(texts.whole_of(shared(event(7, 1, i + 6, "1")), "a", 36).bytes != whole);
  CHECK(*texts.whole_of(text, "a", 36).bytes == *whole);
}

TEST_CASE("an id has the position in each room, and skipped events advance it silently") {
  Stream stream("rooms=a,b");
  CHECK(stream.give({kWelcome, joined(1, 7, 36, 4), joined(2, 8, 37, 9)}).ends_with("id: 10.4-11.9\n\n"));
  CHECK(stream.give({"[37,7,5,8]"}).empty());
  CHECK(stream.give({event(8, 1, 10, "1")}).starts_with("id: 10.8-11.a\n"));
  CHECK(stream.give({"[44,12345]"}) == "id: 10.8-11.a\nevent: dialogue.heartbeat\ndata: {\"timestamp\":12345}\n\n");
  CHECK(stream.give({"[43,7,1,{\"occupancy\":3}]", "[47,0,1000]", "[42,3,0,{}]"}).empty());
}

TEST_CASE("F-J1 a room that the application joins first is listed once, and read from where the stream asked") {
  Stream stream("rooms=r", "10.2");
  const std::string out = stream.give(
      {kWelcome, joined(0, 7, 36, 4), event(7, 1, 5, "5"), joined(1, 7, 36, 5), event(7, 1, 3, "3"), event(7, 1, 4, "4")});
  CHECK(out.find(R"("rooms":["r"]})") != std::string::npos);
  const std::size_t third = out.find("id: 10.3\n");
  REQUIRE(third != std::string::npos);
  CHECK(out.find("id: 10.4\n") > third);
  CHECK(out.find("\"data\":5") == std::string::npos);
}

TEST_CASE("lost events are reported as an event, with the id after the lost range") {
  Stream stream("rooms=a,b", "10.2-11.3");
  const std::string out = stream.give({kWelcome, joined(1, 7, 36, 9, false, 5), joined(2, 8, 37, 9)});
  CHECK(out.ends_with(
      "event: dialogue.missed\ndata: {\"roomId\":\"a\",\"reason\":\"trimmed\",\"from\":3,\"to\":4}\n\nid: 10.4-11.3\n\n"));
  CHECK(stream.give({"[41,8,4,6,81]"}) ==
        "id: 10.4-11.6\nevent: dialogue.missed\ndata: {\"roomId\":\"b\",\"reason\":\"history_trimmed\",\"from\":4,\"to\":6}\n\n");
}

TEST_CASE("a permanent refusal is the status, and a temporary one a 200 with the time of the retry") {
  Stream forbidden("rooms=a,b");
  const std::string no =
      forbidden.give({kWelcome, joined(1, 7, 36, 4), R"([42,2,61,{"message":"You may not do this: x"}])", event(7, 1, 5, "1")});
  CHECK(no.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(no.find(R"("detail":"b: You may not do this: x")") != std::string::npos);
  CHECK(no.ends_with("}\n"));
  Stream full("rooms=a");
  const std::string later = full.give({R"([45,54,1500,{"message":"The server is full."}])"});
  CHECK(later.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(
      later.ends_with("retry: 1500\nevent: dialogue.error\ndata: "
                      R"({"code":"server_full","message":"The server is full.","retryAfterMs":1500})"
                      "\n\n"));
  Stream expired("rooms=a");
  CHECK(expired.give({R"([45,57,0,{"message":"m"}])"}).starts_with("HTTP/1.1 401 "));
  Stream silent("rooms=a");
  CHECK(silent.give({kWelcome}) == "(opening)");
  silent.codec.give_up(ErrorCode::store_unavailable);
  CHECK(silent.give({}).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a stream that ends gives the reason, and its id tells whether to reconnect") {
  Stream drained("rooms=a"), kicked("rooms=a");
  for (Stream* stream : {&drained, &kicked}) (void)stream->give({kWelcome, joined(1, 7, 36, 4)});
  CHECK(drained.give({R"([45,52,800,{"message":"m"}])"}) ==
        "retry: 800\nid: 10.4\nevent: dialogue.error\ndata: {\"code\":\"draining\",\"message\":\"m\",\"retryAfterMs\":800}\n\n");
  CHECK(kicked.give({R"([45,76,0,{"message":"m"}])"}).starts_with("id: 10.4!0\nevent: dialogue.error\n"));
  CHECK(kicked.codec.phase() == SseStream::Phase::over);
}

TEST_CASE("a stream ends with its last room") {
  Stream stream("rooms=a,b");
  (void)stream.give({kWelcome, joined(1, 7, 36, 4), joined(2, 8, 37, 9)});
  CHECK(stream.give({"[35,0,7,66]"}).find("event: dialogue.left\ndata: {\"roomId\":\"a\",\"code\":\"room_deleted\"") !=
        std::string::npos);
  CHECK(stream.codec.phase() == SseStream::Phase::open);
  CHECK(stream.give({event(7, 1, 5, "1")}).empty());
  (void)stream.give({"[35,0,8,61]"});
  CHECK(stream.codec.phase() == SseStream::Phase::over);
}

TEST_CASE("a room that the application joins is delivered, and has no part in the id") {
  Stream stream("rooms=a");
  (void)stream.give({kWelcome, joined(1, 7, 36, 4)});
  CHECK(stream.give({joined(0, 9, 40, 2)}).empty());
  CHECK(stream.give({event(9, 1, 3, "1")}).starts_with("event: message\n"));
  CHECK(stream.give({event(7, 1, 5, "1")}).starts_with("id: 10.5\n"));
}

TEST_CASE("R-18 no payload adds a line to a stream") {
  Stream stream("rooms=a,b"), alone("rooms=a");
  (void)stream.give({kWelcome, joined(1, 7, 36, 4), joined(2, 8, 37, 9)});
  (void)alone.give({kWelcome, joined(1, 7, 36, 4)});
  SeededRandom random(18);
  const std::vector<std::string> pieces = {"\r",      "\\r",      "\\n", "\xE2\x80\xA8", "\xE2\x80\xA9", "id: 1", "event: x",
                                           "data: y", "retry: 1", ":",   "\xC2\x85",     "\xEF\xBB\xBF", " ",     "\"",
                                           "]",       "{",        "a"};
  for (int i = 0; i < 100'000; ++i) {
    std::string payload = "\"";
    for (std::uint64_t n = random.below(8); n > 0; --n) payload += pieces[random.below(pieces.size())];
    payload += '"';
    Stream& one = i % 2 == 0 ? stream : alone;
    const std::string out = one.give({event(7, 1, i + 5, payload)});
    const bool has_lines = std::count(out.begin(), out.end(), '\n') == 4 && std::count(out.begin(), out.end(), '\r') == 0;
    if (!has_lines || !out.starts_with("id: ") || !out.ends_with("\n\n")) FAIL(out);
  }
  SUCCEED();
}

}  // namespace dialogue::transport
