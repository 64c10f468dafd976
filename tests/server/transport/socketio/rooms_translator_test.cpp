// Between Socket.IO events and frames of dialogue.v1, without sockets: the opening, requests and their answers, positions, and
// what is bounded.
#include "server/transport/socketio/rooms_translator.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <tuple>

#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::transport {

using namespace core;

namespace {

/// Events 1 "message" and 2 "typing"; the room "r" has both.
const CatalogueView& catalogue() {
  static const auto bytes = [] {
    Definitions definitions;
    RoomDefinition room;
    room.id = "r";
    for (const char* name : {"message", "typing"}) {
      EventDefinition event;
      event.name = name;
      event.schema = definitions.schemas.add({});
      definitions.events.push_back(event);
      room.events.emplace_back(name);
    }
    definitions.rooms.push_back(room);
    return make_catalogue(definitions).bytes;
  }();
  static const CatalogueView view = *CatalogueView::parse(bytes);
  return view;
}

SharedBytes shared(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

std::string welcome(const std::string& user, const std::string& secret) {
  return R"([33,1,0,0,25000,0,0,{"session":"s1","userId":")" + user + R"(","name":"n","limits":{},"resume":")" + secret + "\"}]";
}
/// JOINED of the room "r", number 9 unless said otherwise.
std::string joined(int req, int head, bool is_recovered = true, const std::string& id = "r", int number = 9) {
  return "[34," + std::to_string(req) + ',' + std::to_string(number) + ",36,1," + std::to_string(head) + ',' +
         (is_recovered ? "1" : "0") + R"(,{"roomId":")" + id + R"(","name":"The room","clock":0,"members":[]}])";
}
std::string event(int seq, const std::string& payload, int room = 9) {
  return "[36," + std::to_string(room) + ",1," + std::to_string(seq) + ",1700,\"bob\",0," + payload + ']';
}

struct Subject {
  explicit Subject(const SocketioLimits& its = {}) : limits(its), translator(texts, limits, pids) {}

  /// Frames for the shard and packets for the client since the last call, each with a line end.
  std::string out() {
    std::string text;
    RoomsOutput output = translator.take_output();
    for (const std::string& frame : output.frames) text += "> " + frame + "\n";
    for (const SharedBytes& packet : output.packets) text += "< " + *packet + "\n";
    return text;
  }
  std::string begin(std::string_view auth) {
    translator.begin(auth);
    return out();
  }
  std::string observe(const std::string& text) {
    translator.observe(text);
    return out();
  }
  std::string give(const std::string& text) {
    translator.translate(shared(text));
    return out();
  }
  std::string say(const std::string& packet, const std::vector<std::string>& attachments = {}) {
    translator.on_event(*read_socketio_packet(packet, limits.attachments_max), attachments);
    return out();
  }
  /// Connected as ann, in the room "r" at position 5.
  void join() {
    begin("{}");
    observe(welcome("ann", "secret"));
    say(R"(2["dialogue:join",{"roomId":"r"}])");
    give(joined(17, 5));
  }

  SocketioLimits limits;
  RoomsTexts texts{catalogue()};
  RecoveryPids pids{10};
  RoomsTranslator translator;
};

constexpr const char* kPid = "secret.16642943678756682936";  // of ann

}  // namespace

TEST_CASE("a first CONNECT becomes HELLO, and WELCOME its answer") {
  Subject subject;
  const std::string hello = "> [1,1,0," + std::to_string(catalogue().fingerprint()) + ",";
  CHECK(subject.begin(R"({"token":"t","userId":"ann","name":null,"meta":{"a":[1]},"other":{}})") ==
        hello + R"({"client":"socket.io","token":"t","identity":{"userId":"ann","meta":{"a":[1]}}}])" + "\n");
  CHECK(subject.translator.phase() == RoomsTranslator::Phase::opening);
  const std::string answer = subject.observe(welcome("ann", "secret"));
  CHECK(answer == std::string(R"(< 40{"sid":"s1","pid":")") + kPid + "\"}\n" +
                      R"(< 42["dialogue:connected",{"clientId":"s1","userId":"ann","recovered":false},"-"])" + "\n");
  CHECK(subject.translator.phase() == RoomsTranslator::Phase::open);
}

TEST_CASE("invalid auth is refused, and so is a client that the shard refuses permanently") {
  Subject malformed;
  CHECK(malformed.begin(R"({"token":5})").empty());
  CHECK(malformed.translator.ending() == RoomsTranslator::Ending::refused);
  CHECK(malformed.translator.refusal().find(R"("code":"request_invalid")") != std::string::npos);

  Subject refused;
  refused.begin("{}");
  CHECK(refused.observe(R"([45,60,0,{"message":"Say who you are."}])").empty());
  CHECK(refused.translator.ending() == RoomsTranslator::Ending::refused);
  CHECK(refused.translator.refusal() == R"({"message":"Say who you are.","data":{"code":"unauthorized"}})");

  Subject full;
  full.begin("{}");
  CHECK(full.observe(R"([45,83,1000,{"message":"full"}])") ==
        "< 40{\"sid\":\"refused\"}\n"
        R"(< 42["dialogue:error",{"code":"too_many_connections","message":"full","retryAfterMs":1000}])"
        "\n");
  CHECK(full.translator.phase() == RoomsTranslator::Phase::over);
  CHECK(full.translator.ending() == RoomsTranslator::Ending::lost);
}

TEST_CASE("a client that is temporarily rejected during recovery keeps its recovery data") {
  Subject full;
  full.begin(std::string(R"({"pid":")") + kPid + R"(","offset":"r=10.5"})");
  const std::string said = full.observe(R"([45,83,0,{"message":"full"}])");
  CHECK(said.starts_with(std::string(R"(< 40{"sid":"refused","pid":")") + kPid + "\"}\n"));
  CHECK(said.ends_with(R"({"code":"too_many_connections","message":"full"}])"
                       "\n"));  // no offset behind it: the client keeps its own
}

TEST_CASE("a recovery joins since each position, and is answered when all of them are") {
  Subject subject;
  const std::string auth = std::string(R"({"pid":")") + kPid + R"(","offset":"r=10.5/q=10.2*message"})";
  const std::string frames = subject.begin(auth);
  CHECK(frames.find(R"("resume":"secret")") != std::string::npos);
  CHECK(frames.find(R"(> [2,1,2,36,5,"r",{}])") != std::string::npos);
  CHECK(frames.find(R"(> [2,2,2,36,2,"q",{"events":["message"]}])") != std::string::npos);
  CHECK(subject.observe(welcome("ann", "secret2")).empty());
  CHECK(subject.observe(joined(1, 7)).empty());
  CHECK(subject.observe(event(6, "{}")).empty());
  const std::string answer = subject.observe(joined(2, 2, true, "q", 10));
  CHECK(answer == std::string(R"(< 40{"sid":"s1","pid":")") + kPid + "\"}\n" +
                      R"(< 42["dialogue:connected",{"clientId":"s1","userId":"ann","recovered":true},"r=10.5/q=10.2*message"])" +
                      "\n");
  CHECK(subject.give(welcome("ann", "secret2") + "\n" + joined(1, 7)).empty());
  CHECK(subject.give(event(6, "{}")).find(R"("seq":6,"epoch":36},"r=10.6/q=10.2*message"])") != std::string::npos);
  CHECK(subject.pids.secret_of(kPid, "") == "secret2");

  Subject again;
  again.pids.set(kPid, "secret2");
  CHECK(again.begin(auth).find(R"("resume":"secret2")") != std::string::npos);
}

TEST_CASE("if something is missing, or the user is another one, the client is in no room") {
  const std::string auth = std::string(R"({"pid":")") + kPid + R"(","offset":"r=10.5/q=10.2"})";
  const auto outcome = [&](const std::string& user, const std::string& second) {
    Subject subject;
    subject.begin(auth);
    subject.observe(welcome(user, "secret2"));
    subject.observe(joined(1, 7));
    std::string answer = subject.observe(second);
    CHECK(subject.give(event(6, "{}")).empty());
    CHECK(subject.pids.size() == 0);
    return answer;
  };
  for (const std::string& answer : {outcome("ann", joined(2, 9, false, "q", 10)), outcome("bob", joined(2, 9, true, "q", 10)),
                                    outcome("ann", R"([42,2,61,{"message":"no"}])")}) {
    CHECK(answer.find("> [3,17,9]") != std::string::npos);
    CHECK(answer.find(R"("pid":"secret2.)") != std::string::npos);
    CHECK(answer.find(R"("recovered":false},"-"])") != std::string::npos);
  }
}

TEST_CASE("events move the offset, of the room that it is in, and of all if there are several") {
  Subject subject;
  subject.join();
  CHECK(subject.give(event(6, R"({"a":1})")) ==
        R"(< 42["dialogue:event",{"event":"message","roomId":"r","data":{"a":1},"from":"bob","timestamp":1700,"seq":6,)"
        R"("epoch":36},"r=10.6"])"
        "\n");
  CHECK(subject.give("[37,9,7,9]").empty());
  CHECK(subject.give(event(0, "2")).find(R"("seq":0,"epoch":36},"r=10.9"])") != std::string::npos);
  subject.say(R"(2["dialogue:join",{"roomId":"q"}])");
  CHECK(subject.give(joined(18, 3, true, "q", 10)).find(R"("r=10.9/q=10.3"])") != std::string::npos);
  CHECK(subject.give(event(4, "2", 10) + "\n" + event(5, "2", 10)).find(R"("r=10.9/q=10.5"])") != std::string::npos);
  CHECK(subject.give("[41,9,10,12,81]")
            .find(R"(["dialogue:missed",{"roomId":"r","reason":"history_trimmed","from":10,"to":12},)"
                  R"("r=10.c/q=10.5"])") != std::string::npos);
  CHECK(subject.give("[35,0,9,66]").find(R"(["dialogue:left",{"roomId":"r","code":"room_deleted")") != std::string::npos);
  CHECK(subject.give(event(13, "2")).empty());
}

TEST_CASE("clients that are in one room share the packet, wherever each of them is") {
  Subject one;
  one.join();
  const SharedBytes text = shared(event(6, "{}"));
  one.translator.translate(text);
  const SharedBytes first = one.translator.take_output().packets.front();
  RoomsTranslator other(one.texts, one.limits, one.pids);
  other.begin("{}");
  other.observe(welcome("bob", "b"));
  other.on_event(*read_socketio_packet(R"(2["dialogue:join",{"roomId":"r"}])", 1), {});
  other.translate(shared(joined(17, 5)));
  (void)other.take_output();
  other.translate(text);
  CHECK(other.take_output().packets.front() == first);
}

TEST_CASE("subscriptions that are not the room's own are part of the offset") {
  Subject subject;
  subject.join();
  CHECK(subject.say(R"(25["dialogue:unsubscribe",{"roomId":"r","eventName":"typing"}])") == "> [6,18,9,2]\n");
  CHECK(subject.give("[42,18,0,{}]") == "< 435[{\"ok\":true}]\n");
  CHECK(subject.give(event(6, "1")).find(R"("r=10.6*message"])") != std::string::npos);
  CHECK(subject.say(R"(2["dialogue:subscribeAll",{"roomId":"r"}])") == "> [5,19,9,0]\n");
  CHECK(subject.give("[42,19,0,{}]").empty());
  CHECK(subject.give(event(7, "1")).find(R"("r=10.7*message,typing"])") != std::string::npos);
}

TEST_CASE("a publication has a number of its own, and waits if its room has its share in flight") {
  Subject subject;
  subject.join();
  CHECK(subject.say(R"(20["dialogue:trigger",{"roomId":"r","event":"message","data":{"a":1}}])") == "> [4,9,1,18,0,{\"a\":1}]\n");
  CHECK(subject.give("[38,9,18,36,6,1700,0]") == "< 430[{\"ok\":true,\"seq\":6,\"epoch\":36,\"timestamp\":1700}]\n");
  const std::string trigger = R"(2["dialogue:trigger",{"roomId":"r","event":"typing"}])";
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) CHECK(subject.say(trigger) != "");
  CHECK(subject.say(trigger).empty());
  CHECK(subject.give("[39,9,19,75,250,{\"message\":\"slower\"}]") ==
        "> [4,9,2,83,0,null]\n"
        "< 42[\"dialogue:error\",{\"code\":\"rate_limited\",\"message\":\"slower\",\"roomId\":\"r\",\"event\":\"typing\","
        "\"retryAfterMs\":250},\"r=10.5\"]\n");
}

TEST_CASE("what waits is bounded, by number and by bytes, and is refused with its room") {
  SocketioLimits limits;
  limits.requests_max = kPublishInFlightMax + 2;
  limits.waiting_bytes_max = 300;
  Subject subject(limits);
  subject.join();
  const auto trigger = [](std::size_t bytes) {
    return R"(21["dialogue:trigger",{"roomId":"r","event":"message","data":")" + std::string(bytes, 'x') + "\"}]";
  };
  for (std::size_t i = 0; i < kPublishInFlightMax; ++i) CHECK(subject.say(trigger(1)) != "");
  CHECK(subject.say(trigger(200)).empty());
  CHECK(subject.say(trigger(200)).find("producer_in_flight") != std::string::npos);
  CHECK(subject.say(trigger(1)).empty());
  CHECK(subject.say(trigger(1)).find("rate_limited") != std::string::npos);
  const std::string left = subject.give("[35,0,9,66]");
  CHECK(std::count(left.begin(), left.end(), '\n') == 3);
  CHECK(left.find("not_joined") != std::string::npos);
}

TEST_CASE("F-J1 a recovery with something missing stays in the application's rooms, from where that joined it") {
  Subject subject;
  subject.begin(R"({"pid":"-","offset":"r=10.5*message/q=10.2"})");
  subject.observe(welcome("ann", "s2") + '\n' + joined(0, 8) + '\n' + joined(1, 8));
  CHECK(subject.observe(joined(2, 3, false, "q", 10)).starts_with("> [5,17,9,0]\n> [3,18,10]\n<"));  // with all its events
  CHECK(subject.give(joined(0, 8) + '\n' + joined(1, 8)).find("dialogue:joined") != std::string::npos);
  CHECK((subject.give(event(8, "8")).empty() && subject.give(event(9, "9")).find("message") != std::string::npos));
}

TEST_CASE("a client in more rooms than can be recovered gets an empty offset") {
  Subject subject;
  subject.begin("{}");
  subject.observe(welcome("ann", "secret"));
  for (int i = 0; i <= static_cast<int>(kRecoveredRoomsMax); ++i) {
    const std::string id = "room-" + std::to_string(i);
    subject.say(R"(2["dialogue:join",{"roomId":")" + id + R"("}])");
    const std::string answer = subject.give(joined(17 + i, 1, true, id, 100 + i));
    CHECK((answer.find(R"(,""])") != std::string::npos) == (i == static_cast<int>(kRecoveredRoomsMax)));
  }
}

TEST_CASE("attachments stand in a publication's data as base64, each wherever it is named") {
  Subject subject;
  subject.join();
  const std::string packet =
      R"(52-["dialogue:trigger",{"roomId":"r","event":"message","data":{"a":{"_placeholder":true,"num":1},"b":[)"
      R"({"_placeholder":true,"num":0},{"num":0,"_placeholder":true}],"c":{"_placeholder":false,"num":7}}}])";
  CHECK(subject.say(packet, {std::string("\0\xff", 2), ""}) ==
        R"(> [4,9,1,18,0,{"a":"","b":["AP8=","AP8="],"c":{"_placeholder":false,"num":7}}])"
        "\n");
  const std::string whole = R"(51-["dialogue:trigger",{"roomId":"r","event":"message","data":{"_placeholder":true,"num":0}}])";
  CHECK(subject.say(whole, {"abc"}) == "> [4,9,1,19,0,\"YWJj\"]\n");
  CHECK(subject.say(R"(51-7["dialogue:leave",{"roomId":{"_placeholder":true,"num":0}}])", {"r"}).find("request_invalid") !=
        std::string::npos);
}

TEST_CASE("a publication that is larger than a message may be is refused, as it is or because of what its attachments become") {
  Subject subject;
  subject.join();
  const std::size_t bytes_max = kMessageBytesMax - kEventEnvelopeBytesMax;
  const auto text = [&](std::size_t bytes) {
    const std::string head = R"(21["dialogue:trigger",{"roomId":"r","event":"message","data":")";
    return subject.say(head + std::string(bytes - 2, 'x') + "\"}]");
  };
  CHECK(text(bytes_max).starts_with("> [4,9,1,18,0,\"xxx"));
  CHECK(text(bytes_max + 1).find(R"([{"ok":false,"code":"payload_too_large")") != std::string::npos);
  std::string places;
  for (int i = 0; i < 1000; ++i) places += R"({"_placeholder":true,"num":0},)";
  const std::string packet = R"(51-2["dialogue:trigger",{"roomId":"r","event":"message","data":[)" + places + "0]}]";
  CHECK(subject.say(packet, {std::string(100, 'x')}).find("payload_too_large") != std::string::npos);
  CHECK(subject.say(packet, {"x"}).starts_with("> [4,9,1,19,0,[\"eA==\",\"eA==\""));
}

TEST_CASE("a leave is acknowledged though the room ended before its answer") {
  Subject subject;
  subject.join();
  CHECK(subject.say(R"(23["dialogue:leave",{"roomId":"r"}])") == "> [3,18,9]\n");
  CHECK(subject.give("[35,0,9,66]").find("dialogue:left") != std::string::npos);
  CHECK(subject.give("[35,18,9,0]") == "< 433[{\"ok\":true,\"roomId\":\"r\"}]\n");
}

TEST_CASE("history is given with the newest first") {
  Subject subject;
  subject.join();
  CHECK(subject.say(R"(2["dialogue:history",{"roomId":"r","limit":1000,"before":5}])") == "> [7,18,9,4,100,0]\n");
  const std::string page = R"([42,18,0,{"epoch":36,"base":1,"head":5,"first":3,"last":4,)"
                           R"("events":[[1,3,17,"ann",{"a":[1]}],[2,4,18,"bob",null]]}])";
  CHECK(subject.give(page) ==
        R"(< 42["dialogue:history",{"roomId":"r","events":[{"event":"typing","roomId":"r","data":null,"from":"bob",)"
        R"("timestamp":18,"seq":4,"epoch":36},{"event":"message","roomId":"r","data":{"a":[1]},"from":"ann","timestamp":17,)"
        R"("seq":3,"epoch":36}]},"r=10.5"])"
        "\n");
}

TEST_CASE("the shard's BYE ends the session permanently, or so that the client reconnects") {
  Subject kicked;
  kicked.join();
  CHECK(kicked.give(R"([45,53,0,{"message":"elsewhere"}])").find(R"(["dialogue:error",{"code":"replaced")") != std::string::npos);
  CHECK(kicked.translator.ending() == RoomsTranslator::Ending::disconnected);
  CHECK(kicked.give(event(6, "{}")).empty());
  Subject drained;
  drained.join();
  drained.give(R"([45,52,1000,{"message":"later"}])");
  CHECK(drained.translator.ending() == RoomsTranslator::Ending::lost);
}

TEST_CASE("F-R06 a client that violates a rule learns which rule, and receives nothing after that") {
  for (const auto& [code, argument, words] :
       {std::tuple(ErrorCode::request_invalid, "it is no Socket.IO packet", "documented form: it is no Socket.IO packet"),
        std::tuple(ErrorCode::frame_too_large, "2000", "The message is larger than 2000 bytes.")}) {
    Subject subject;
    subject.join();
    subject.translator.on_fault(code, argument);
    const std::string told = subject.out();
    CHECK(told.starts_with(R"(< 42["dialogue:error",{"code":")" + std::string(error_name(code)) + "\","));
    CHECK(told.find(words) != std::string::npos);
    CHECK(subject.give(event(6, "{}")).empty());
  }
}

TEST_CASE("F-R04 an event that cannot be read is answered if its number was read, and the next event is accepted") {
  Subject subject;
  subject.join();
  const std::string trigger = R"(["dialogue:trigger",{"roomId":"r","event":"message","data":"x\ud83d"}])";
  CHECK(subject.say("212" + trigger) ==
        R"(< 4312[{"ok":false,"code":"json_utf8","message":"The event is not valid UTF-8 or has a lone surrogate"}])"
        "\n");
  CHECK(subject.say("2" + trigger).starts_with(R"(< 42["dialogue:error",{"code":"json_utf8",)"));
  CHECK(subject.say("213[\"dialogue:trigger\"," + std::string(40, '[') + std::string(40, ']') + "]") ==
        R"(< 4313[{"ok":false,"code":"json_depth","message":"The event is nested more than 32 levels deep"}])"
        "\n");
  CHECK(subject.say(R"(214["dialogue:trigger",{"roomId":"r","event":"message","data":1}])").starts_with("> [4,9,1,"));
}

TEST_CASE("F-R05 a trigger's id goes with the publication, and a repetition is answered as one") {
  Subject subject;
  subject.join();
  const std::string trigger = R"(["dialogue:trigger",{"id":"a1","roomId":"r","event":"message","data":1}])";
  CHECK(subject.say("23" + trigger) == R"(> [4,9,1,18,{"id":"a1"},1])"
                                       "\n");
  CHECK(subject.give("[38,9,18,36,6,1700,1]") == R"(< 433[{"ok":true,"seq":6,"epoch":36,"timestamp":1700,"duplicate":true}])"
                                                 "\n");
  CHECK(subject.say(R"(24["dialogue:trigger",{"id":null,"roomId":"r","event":"message","data":1}])") == "> [4,9,1,19,0,1]\n");
  for (const std::string& id :
       {std::string("7"), std::string("\"\""), std::string("\"a b\""), "\"" + std::string(65, 'a') + "\""})
    CHECK(subject.say(R"(25["dialogue:trigger",{"roomId":"r","event":"message","data":1,"id":)" + id + "}]")
              .find("id is 1 to 64 of") != std::string::npos);
}

TEST_CASE("invalid events are answered with an explanation") {
  Subject subject;
  subject.join();
  CHECK(subject.say(R"(2[""])").find("the event has no name") != std::string::npos);
  CHECK(subject.say(R"(2[7])").find("the event has no name") != std::string::npos);
  CHECK(subject.say(R"(2["other"])").find(R"(the event \"other\")") != std::string::npos);
  const std::string name(1000, 'x');
  CHECK(subject.say("2[\"" + name + "\"]").find(name) == std::string::npos);
}

}  // namespace dialogue::transport
