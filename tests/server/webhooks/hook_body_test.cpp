// What a request says, and what may come back: an answer that lies must not get what it did not ask for.
#include "server/webhooks/hook_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "shared/base/limits.hpp"
#include "tests/server/webhooks/hook_kit.hpp"

using namespace dialogue;
using namespace dialogue::core;
using namespace dialogue::webhooks;
using namespace dialogue::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

const HookQuestion kConnect = question(HookVerb::connect), kJoin = question(HookVerb::join),
                   kPublish = question(HookVerb::publish);
const std::vector<NumberedHook> kAll = {{1, &kConnect}, {2, &kJoin}, {3, &kPublish}};

/// The replies to kAll when the body has these answers.
std::vector<HookReply> replies_to(const std::string& answers) {
  auto read = read_hook_answers(R"({"answers":[)" + answers + "]}", kAll);
  INFO(answers);
  REQUIRE(std::holds_alternative<std::vector<HookReply>>(read));
  return std::get<std::vector<HookReply>>(std::move(read));
}

std::string fault_in(const HookReply& reply) {
  const auto* fault = std::get_if<std::string>(&reply);
  return fault == nullptr ? "" : *fault;
}

std::string fault_of_body(const std::string& body) {
  const auto read = read_hook_answers(body, kAll);
  const auto* fault = std::get_if<std::string>(&read);
  return fault == nullptr ? "" : *fault;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("a request has user, verb and everything else that a backend needs for its decision") {
  const json body = json::parse(hook_body("a-1", 0, kAll));
  CHECK(body == json::parse(R"({"version":1,"id":"a-1","hooks":[
    {"id":"1","verb":"connect","session":"session-1",
     "user":{"id":"ann","name":"Ann \"A\"","role":"admin","meta":{"role":"admin","team":7}}},
    {"id":"2","verb":"join","session":"session-1","room":"chat",
     "user":{"id":"ann","name":"Ann \"A\"","role":"admin","meta":{"role":"admin","team":7}}},
    {"id":"3","verb":"publish","session":"session-1","room":"chat","event":"message","data":{"text":"1"},
     "user":{"id":"ann","name":"Ann \"A\"","role":"admin","meta":{"role":"admin","team":7}}}]})"));
}

TEST_CASE("a notice has the reason and the number of dropped ones; a user without a name has the id as name") {
  HookQuestion gone = question(HookVerb::disconnect, "connection_lost");
  Identity nameless;
  nameless.user_id = "bob";
  gone.identity = std::make_shared<const Identity>(nameless);
  CHECK(json::parse(hook_body("a-2", 12, {{9, &gone}})) == json::parse(R"({"version":1,"id":"a-2","dropped":12,"hooks":[
    {"id":"9","verb":"disconnect","session":"session-1","reason":"connection_lost",
     "user":{"id":"bob","name":"bob","role":"","meta":{}}}]})"));
}

TEST_CASE("answers allow, refuse with a reason, replace data and add meta, in any order") {
  const auto replies = replies_to(R"({"allow":true,"id":"3","data": {"text":"***"} , "note":[1]},
    {"id":"1","allow":true,"meta":{"level":3}},{"id":"2","allow":false,"reason":"staff \u00fcnly"})");
  const auto& connect = std::get<HookVerdict>(replies[0]);
  CHECK(connect.allows());
  CHECK(connect.meta == R"({"level":3})");
  const auto& join = std::get<HookVerdict>(replies[1]);
  CHECK(join.code == ErrorCode::denied_by_hook);
  CHECK(join.reason == "staff \u00fcnly");
  const auto& publish = std::get<HookVerdict>(replies[2]);
  CHECK(publish.allows());
  CHECK(publish.payload == R"({"text":"***"})");
}

TEST_CASE("an answer to a join may bound what the member reads") {
  const auto replies = replies_to(R"({"id":"2","allow":true,"historyFrom":{"epoch":4503599627370497,"seq":120}})");
  const auto& join = std::get<HookVerdict>(replies[1]);
  CHECK(join.history_from.value().seq == 120);
  CHECK(join.history_from.value().epoch == 4503599627370497);
}

TEST_CASE("a missing member invalidates an answer, and answers without a question are ignored") {
  const auto replies = replies_to(R"({"id":"4","allow":true},{"id":1,"allow":true},{"id":"02x","allow":true},7,
    {"allow":true},{"id":"-1","allow":true},{"id":"99999999999999999999999","allow":true},{"id":"2","allow":true})");
  CHECK_THAT(fault_in(replies[0]), Contains("did not answer"));
  CHECK(std::get<HookVerdict>(replies[1]).allows());
  CHECK_THAT(fault_in(replies[2]), Contains("did not answer"));
}

TEST_CASE("an answer that lies about its question counts as none, and spoils no other") {
  for (const auto& [answer, words] : std::vector<std::pair<std::string, std::string>>{
           {R"({"id":"2","allow":true,"data":{"text":"x"}})", "data"},
           {R"({"id":"3","allow":true,"meta":{}})", "meta"},
           {R"({"id":"3","allow":true,"historyFrom":{"seq":1}})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":7})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":{}})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":{"seq":0}})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":{"seq":1.5}})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":{"seq":9,"seq":1}})", "historyFrom"},
           {R"({"id":"2","allow":true,"historyFrom":{"seq":1,"time":2}})", "historyFrom"},
           {R"({"id":"2","allow":"true"})", "allow"},
           {R"({"id":"2","allow":1})", "allow"},
           {R"({"id":"2"})", "allow"},
           {R"({"id":"2","allow":null})", "allow"},
           {R"({"id":"2","allow":false,"allow":true})", "twice"},
           {R"({"id":"2","allow":true},{"id":"2","allow":true})", "twice"},
           {R"({"id":"2","allow":false},{"id":"2","allow":true})", "twice"},
           {R"({"id":"2","allow":true,"meta":[1]})", "meta"},
           {R"({"id":"2","allow":true,"meta":{"x":")" + std::string(1024, 'x') + "\"}}", "meta"}}) {
    INFO(answer);
    const auto replies = replies_to(answer + R"(,{"id":"1","allow":true})");
    CHECK_THAT(fault_in(replies[1]) + fault_in(replies[2]), Contains(words));
    CHECK(std::get<HookVerdict>(replies[0]).allows());
  }
}

TEST_CASE("a refusal is one whatever its reason looks like, and a long reason is cut between characters") {
  CHECK(std::get<HookVerdict>(replies_to(R"({"id":"2","allow":false})")[1]).reason == "no reason was given");
  CHECK(std::get<HookVerdict>(replies_to(R"({"id":"2","allow":false,"reason":7})")[1]).code == ErrorCode::denied_by_hook);
  CHECK(std::get<HookVerdict>(replies_to(R"({"id":"2","allow":false,"reason":"\u0000"})")[1]).code == ErrorCode::denied_by_hook);
  CHECK(std::get<HookVerdict>(replies_to(R"({"id":"2","allow":false,"data":1,"meta":1})")[1]).code == ErrorCode::denied_by_hook);
  const std::string reason(kHookReasonBytesMax - 1, 'x');
  const auto replies = replies_to(R"({"id":"2","allow":false,"reason":")" + reason + "\u00fc\u00fc\"}");
  CHECK(std::get<HookVerdict>(replies[1]).reason == reason + "...");
}

TEST_CASE("data may be as deep as a payload, wherever it stands in the answer") {
  const auto replies = replies_to(R"({"id":"3","allow":true,"data":)" + nested(kJsonDepthMax) + "}");
  CHECK(std::get<HookVerdict>(replies[2]).payload == nested(kJsonDepthMax));
}

TEST_CASE("an invalid body answers no question") {
  for (const char* body : {"", "null", "[]", "{}", "{\"answers\":{}}", "{\"answers\":[", "{\"answers\":[]} x",
                           "{\"answers\":[{\"id\":\"1\",\"allow\":true}]", "{\"answers\":[],\"answers\":[]}",
                           "{\"answers\":[{\"id\":\"1\",\"allow\":true,}]}", "<html>", "{\"answers\":[\xff]}"}) {
    INFO(body);
    CHECK_FALSE(fault_of_body(body).empty());
  }
  CHECK_FALSE(fault_of_body(R"({"answers":[{"x":)" + nested(kJsonDepthMax + 1) + "}]}").empty());
  CHECK(fault_of_body(R"({"more": {"answers": 1}, "answers": [{"id":"1"}]})").empty());
  CHECK_THAT(fault_of_body(R"({"answers": [{"id":"4","allow":true},7]})"), Contains("none of the questions"));
}
