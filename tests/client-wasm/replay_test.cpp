// Recordings of clients, replayed: one that the npm package made (recordings/record.mjs makes it anew), and damaged ones.
#include "client-wasm/replay/replay.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/sanitized.hpp"
#include "tests/source_dir.hpp"

namespace dialogue::client::testing {

namespace {

std::string recorded(const std::string& name) {
  std::ifstream file(source_dir() + "/tests/client-wasm/recordings/" + name);
  std::stringstream text;
  text << file.rdbuf();
  REQUIRE(text.str().size() > 1);
  return text.str();
}

struct Replayed {
  std::string text, problem;
  bool differs = false;
  [[nodiscard]] bool tells(const std::string& line) const { return ("\n" + text).find("\n" + line + "\n") != std::string::npos; }
};

Replayed replayed(const std::string& recording) {
  Replayed result;
  auto [problem, differs] = replay_client(recording, [&](const std::string& line) { result.text += line + "\n"; });
  result.problem = std::move(problem);
  result.differs = differs;
  return result;
}

/// A recording of these calls.
std::string recording_of(const std::vector<std::string>& calls, const std::string& more = "0,4096,0") {
  std::string text = R"(["dialogue-client-recording",1,"0.1.0",5,)" + more + "]\n";
  for (const std::string& call : calls) text += call + "\n";
  return text + R"(["end",)" + std::to_string(calls.size()) + "]\n";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a recording of the npm client in a chat with a server gives the same decisions natively") {
  const Replayed chat = replayed(recorded("chat.recording"));
  CHECK(chat.problem.empty());
  CHECK(chat.text == recorded("chat.decisions"));
  CHECK(chat.tells("the same decisions as recorded"));
}

TEST_CASE("a different decision is reported beside the recorded one, with the first line that differs") {
  const std::string begun = R"(["next",[],1,[0,3,0,0,0],""])";
  const std::string start = R"(["start",[1000],null,[],""])";
  const Replayed same = replayed(recording_of({start, begun, R"(["deadline",[],21000,[],""])"}));
  CHECK(same.tells("the same decisions as recorded"));
  CHECK_FALSE(same.differs);
  const Replayed other = replayed(recording_of({start, R"(["next",[],2,[0,3,4001,0,0],""])", R"(["deadline",[],22000,[],""])"}));
  CHECK(other.problem.empty());
  CHECK(other.differs);
  CHECK(other.tells("  open a socket\n  recorded: close the socket with 4001"));
  CHECK(other.tells("  next tick at +20000 ms\n  recorded: next tick at +21000 ms"));
  CHECK(other.tells("other decisions than recorded, from line 3 of the recording on"));
  const Replayed more = replayed(recording_of({start, begun, begun}));
  CHECK(more.tells("  recorded: open a socket"));
  CHECK(more.tells("other decisions than recorded, from line 4 of the recording on"));
  const Replayed ticket = replayed(recording_of({start, R"(["ask",[8,1000],7,[],""])"}));
  CHECK(ticket.tells("+0 ms  ask 8 -> 1\n  recorded: +0 ms  ask 8 -> 7"));
}

TEST_CASE("results of 32 bits are the same, signed or not") {
  const Replayed refused = replayed(recording_of({R"(["set_catalogue",[3],4294967295,[],"AAAA"])"}));
  CHECK(refused.tells("the same decisions as recorded"));
}

TEST_CASE("every decision reads in words") {
  const std::string start = R"(["start",[1000],null,[],""])";
  const std::string open = R"(["next",[],1,[0,3,0,0,0],""])";
  const Replayed lost = replayed(recording_of(
      {start, open, R"(["opened",[1010],null,[],""])", R"(["next",[],3,[0,4,1,1,0,0],""])",
       R"(["receive",[7,8,-1,1020],null,[33,1,0,5,25000,0,1],"[{}]"])", R"(["next",[],5,[0,3,5,0,0],""])",
       R"(["next",[],4,[0,3,1,0,0],""])", R"(["violated",[40,1030],null,[],""])", R"(["next",[],11,[0,3,40,0,0],""])",
       R"(["next",[],2,[0,3,4001,0,0],""])", R"(["next",[],4,[0,3,2,0,0],""])", R"(["next",[],0,[],""])"}));
  CHECK(lost.problem.empty());
  CHECK(lost.tells("+0 ms  start\n  open a socket\n+10 ms  opened\n  send HELLO 1 0 0 as producer 0"));
  CHECK(lost.tells("+20 ms  receive WELCOME 1 0 5 25000 0 1 [{}]\n  welcome, catalogue 5\n  state connected"));
  CHECK(lost.tells(
      "+30 ms  violated frame_malformed\n  fault frame_malformed\n  close the socket with 4001\n  state reconnecting"));
  CHECK(lost.tells("the same decisions as recorded"));
  const std::string opened = R"(["opened",[1010],null,[],""])", hello = R"(["next",[],3,[0,4,1,1,0,0],""])";
  const Replayed full = replayed(recording_of(
      {start, open, opened, hello, R"(["receive",[3,4,-1,1020],null,[45,54,5000],"[{}]"])", R"(["lost",[1013,1030],null,[],""])",
       R"(["next",[],14,[0,3,54,6030,0],""])", R"(["tick",[6030],null,[],""])", R"(["next",[],14,[0,3,0,0,0],""])"}));
  CHECK(full.problem.empty());
  CHECK(full.tells("+30 ms  lost 1013\n  wait until +5030 ms: server_full"));
  CHECK(full.tells("+5030 ms  tick\n  wait no longer"));
  const Replayed own = replayed(recording_of(
      {start, open, opened, hello, R"(["receive",[7,8,-1,1020],null,[33,1,0,5,25000,0,1],"[{}]"])",
       R"(["next",[],5,[0,3,5,0,0],""])", R"(["next",[],4,[0,3,1,0,0],""])",
       R"(["receive",[5,8,-1,1030],null,[36,0,1,0,5],"[\"ann\",0,1]"])", R"(["next",[],8,[4294967295,3,0,0,0],""])"}));
  CHECK(own.tells("  deliver to the user"));
  CHECK(own.tells("the same decisions as recorded"));
}

TEST_CASE("a recording without its beginning is shown, with advice to keep more") {
  const std::vector<std::string> calls = {R"(["join",[3,0,0,0,1000],9,[],""])", R"(["next",[],10,[3,3,4,5,81],""])",
                                          R"(["room_hears",[4,7,1],1,[],"chat"])", R"(["add_room",[],4,[],"chat"])",
                                          R"(["leave",[4],10,[],""])"};
  const std::string recording = replaced(recording_of(calls, "0,4096,120"), "[\"end\",5]", "[\"end\",125]");
  const Replayed shown = replayed(recording);
  CHECK(shown.problem.empty());
  CHECK(shown.tells(
      "the first 120 calls are gone, since the recording may have 4096 bytes: createRecorder({ bytes }) says how many; "
      "what is left is shown, not replayed"));
  CHECK(shown.tells("+0 ms  join room 3 0 0 0 -> 9\n  gap in 4 to 5: history_trimmed of room 3"));
  CHECK(shown.tells("leave room 4 \"chat\" -> 10"));
  CHECK_FALSE(shown.tells("the same decisions as recorded"));
}

TEST_CASE("a payload is checked again where the recording has it, and shown where it is masked") {
  const std::string chat = recorded("chat.recording");
  CHECK(replayed(chat).tells("validate 0 11 {\"text\":\"\"}: too_short"));
  const Replayed whole = replayed(replaced(chat, R"(,0,4194304,0])", R"(,1,4194304,0])"));
  CHECK(whole.tells("the same decisions as recorded"));
  const Replayed other =
      replayed(replaced(replaced(chat, R"(,0,4194304,0])", R"(,1,4194304,0])"), R"([0,11],16)", R"([0,11],0)"));
  CHECK(other.tells("validate 0 11 {\"text\":\"\"}: too_short\n  recorded: validate 0 11 {\"text\":\"\"}: ok"));
}

TEST_CASE("after a failure of the module the rest is shown") {
  const Replayed failed = replayed(
      recording_of({R"(["start",[1000],null,[],""])", R"(["tick",[2000],"trap",[],""])", R"(["next",[],4,[0,3,3,0,0],""])"}));
  CHECK(failed.problem.empty());
  CHECK(failed.tells("+1000 ms  tick\n  the module failed\n  state closed"));
}

TEST_CASE("the contents of a recording stay on their line and cannot control a terminal") {
  const Replayed room = replayed(recording_of({R"(["add_room",[],0,[],"a\nb\u001b[31m\u007f"])"}));
  CHECK(room.tells("add_room a b [31m  -> 0"));
}

TEST_CASE("a file that is not a client's recording, or of a later version, is refused with the reason") {
  CHECK_THAT(replayed("[\"dialogue-recording\",2]\n").problem, Catch::Contains("not a recording of a client"));
  CHECK_THAT(replayed("").problem, Catch::Contains("not a recording of a client"));
  CHECK(replayed("[\"dialogue-client-recording\",2,\"9\"]\n").problem ==
        "the recording is of version 2, and this program reads version 1");
  CHECK(replayed("[\"dialogue-client-recording\",1,\"0.1.0\",5]\n").problem == "line 1: cut or damaged");
}

TEST_CASE("a call that cannot be made is named with its line") {
  const auto [call, problem] = GENERATE(table<std::string, std::string>({
      {R"(["explode",[],null,[],""])", "no call is named explode"},
      {R"(["start",[],null,[],""])", "start takes 1 numbers, and not 0"},
      {R"(["join",[1,0,0,0,5],1,[],""])", "no room has the handle 1"},
      {R"(["publish",[-1,1,1,5],1,[0],""])", "no room has the handle 4294967295"},
      {R"(["position",[1],null,[0,0],""])", "no room has the handle 1"},
      {R"(["receive",[1,8,7,5],null,[34],"[]"])", "no room has the handle 7"},
      {R"(["receive",[2,8,-1,5],null,[34],"[]"])", "receive comes with 1 numbers of a frame"},
      {R"(["validate",[0,2],0,[],"{}"])", "the catalogue has no event 0"},
      {R"(["room_hears",[4,9,0],1,[],"chat"])", "the catalogue has no event 9"},
      {R"(["start",["x"],null,[],""])", "not a whole call of start"},
      {R"(["start",[1000],null,[]])", "not a whole call of start"},
      {R"(["start",[1000],null,[],"",1])", "not a whole call of start"},
      {R"({"start":1})", "not a call"},
      {"", "not a call"},
  }));
  CHECK(replayed(recording_of({R"(["add_room",[],0,[],"chat"])", call}, "1,4096,0")).problem == "line 3: " + problem);
}

TEST_CASE("a recording that is cut anywhere is reported with the line") {
  const std::string chat = recorded("chat.recording");
  for (std::size_t size = 0; size + 1 < chat.size(); ++size) {
    INFO("the first " << size << " bytes");
    const Replayed cut = replayed(chat.substr(0, size));
    CHECK_FALSE(cut.problem.empty());
    CHECK_FALSE(cut.tells("the same decisions as recorded"));
  }
  const std::string calls = chat.substr(0, chat.rfind("[\"end\""));
  CHECK(replayed(calls).problem == "line " + std::to_string(std::count(calls.begin(), calls.end(), '\n')) +
                                       ": the recording is cut here: the line that says \"end\" is missing");
}

TEST_CASE("missing and surplus lines are reported") {
  const std::string start = R"(["start",[1000],null,[],""])";
  CHECK(replayed(replaced(recording_of({start}), "[\"end\",1]", "[\"end\",3]")).problem ==
        "line 3: 3 calls were recorded, and there are 1");
  CHECK(replayed(replaced(recording_of({start}), "[\"end\",1]", "[\"end\",0]")).problem ==
        "line 3: 0 calls were recorded, and there are 1");
  CHECK(replayed(recording_of({start}) + start).problem == "line 3: more follows after the end");
}

TEST_CASE("a recording with any byte changed is replayed or refused without harm") {
  const std::string chat = recorded("chat.recording");
  for (const char other : {'9', '"', ',', '-'}) {
    for (std::size_t at = 0; at < chat.size(); at += dialogue::testing::kStep) {
      std::string damaged = chat;
      damaged[at] = other;
      const Replayed result = replayed(damaged);
      const bool concludes = result.tells("the same decisions as recorded") ||
                             result.text.find("other decisions than recorded, from line ") != std::string::npos;
      REQUIRE((concludes || !result.problem.empty()));
    }
  }
}

}  // namespace dialogue::client::testing
