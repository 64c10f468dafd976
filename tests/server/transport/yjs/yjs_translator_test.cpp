// Pages of y-websocket without a socket: what their messages become, and what frames become.
#include "server/transport/yjs/yjs_translator.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "server/core/documents/document_log.hpp"
#include "shared/document/byte_writer.hpp"
#include "shared/document/document.hpp"

namespace dialogue::transport {
namespace {

using document::put_bytes, document::put_integer;

const YjsOpening kOpening{"doc-1", "page", "ann", 3, 77};
constexpr const char* kJoined = R"([34,1,5,9,1,0,1,{"roomId":"doc-1","name":"doc-1","clock":1,"members":[]}])";

core::DocumentQuery::Result found(std::string state_vector, std::string update) {
  core::DocumentQuery::Result result;
  result.state_vector = std::move(state_vector);
  result.update = std::move(update);
  return result;
}

/// An update by client 7.
std::string typing(std::string_view text, std::uint64_t clock = 0) {
  std::string out;
  for (const std::uint64_t number : {std::uint64_t{1}, std::uint64_t{1}, std::uint64_t{7}, clock}) put_integer(out, number);
  out += clock == 0 ? '\x04' : '\x84';
  if (clock == 0) {
    put_integer(out, 1);
    put_bytes(out, "body");
  } else {
    put_integer(out, 7);
    put_integer(out, clock - 1);
  }
  put_bytes(out, text);
  return out + '\0';
}

struct Page {
  Page() {
    translator.on_text(kJoined, 1'000);
    static_cast<void>(translator.take_output());
    translator.on_document(found("sv", "all"));
    static_cast<void>(translator.take_output());
  }
  YjsOutput says(const std::string& message) {
    translator.on_message(message);
    return translator.take_output();
  }
  YjsOutput shard(const std::string& text, std::uint64_t unix_ms = 1'000) {
    translator.on_text(text, unix_ms);
    return translator.take_output();
  }
  YjsTranslator translator{kOpening};
};

std::string publication(const std::string& update) { return "[4,5,3,0,0," + core::update_payload(update) + "]"; }

}  // namespace

TEST_CASE("a page greets and joins in one message, and gets the state vector of the document") {
  CHECK(first_message(kOpening) == R"([1,1,0,77,{"client":"y-websocket","direct":[],"identity":{"userId":"ann"}}])"
                                   "\n"
                                   R"([2,1,0,0,0,"doc-1",{"match":["page"]}])");
  YjsTranslator translator(kOpening);
  translator.on_text(kJoined, 0);
  YjsOutput output = translator.take_output();
  CHECK(output.asks);
  CHECK(output.frames == std::vector<std::string>{R"([18,2,"doc-1",{}])"});
  CHECK_FALSE(translator.question().since);
  translator.on_document(found("sv", "all"));
  CHECK(translator.take_output().messages == std::vector{state_vector_message("sv")});
}

TEST_CASE("a state vector is answered by the difference, and the newest of several that wait counts") {
  Page page;
  CHECK(page.says(state_vector_message("one")).asks);
  CHECK(page.translator.question().since == "one");
  CHECK_FALSE(page.says(state_vector_message("two")).asks);
  CHECK_FALSE(page.says(state_vector_message("three")).asks);
  page.translator.on_document(found("sv", "first"));
  const YjsOutput output = page.translator.take_output();
  CHECK(output.messages == std::vector{difference_message("first")});
  CHECK(output.asks);
  CHECK(page.translator.question().since == "three");
}

TEST_CASE("the document is for members: a state vector that comes before JOINED waits for it, and a refusal answers none") {
  YjsTranslator early(kOpening), refused(kOpening);
  for (YjsTranslator* each : {&early, &refused}) {
    each->on_message(state_vector_message("old"));
    each->on_message(state_vector_message("new"));
    CHECK_FALSE(each->take_output().asks);
  }
  early.on_text(kJoined, 0);
  CHECK(early.take_output().asks);
  early.on_document(found("sv", ""));
  CHECK(early.take_output().asks);
  CHECK(early.question().since == "new");
  early.on_document(found("sv", "rest"));
  CHECK(early.take_output().messages == std::vector<std::string>{difference_message("rest")});
  refused.on_text("[42,1,61,{\"message\":\"no\"}]", 0);
  CHECK_FALSE(refused.take_output().asks);
  CHECK(refused.ending() == YjsTranslator::Ending::refused);
}

TEST_CASE("an update becomes a publication; its own event is not sent back, those of others are") {
  Page page;
  CHECK(page.says(update_message(typing("hi"))).frames == std::vector{publication(typing("hi"))});
  CHECK(page.says(difference_message(std::string(2, '\0'))).frames.empty());
  CHECK(page.shard("[38,5,0,9,4,1000,0]").messages.empty());
  const auto event = [](int seq, const std::string& update) {
    return "[36,5,3," + std::to_string(seq) + R"(,1000,"ann",0,)" + core::update_payload(update) + "]";
  };
  CHECK(page.shard(event(4, typing("hi"))).messages.empty());
  CHECK(page.shard(event(5, typing("yo"))).messages == std::vector{update_message(typing("yo"))});
  CHECK(page.shard(event(6, std::string(2, '\0'))).messages.empty());
}

TEST_CASE("at most 16 publications are in progress, and the number of those that wait is bounded") {
  Page page;
  std::size_t sent = 0;
  for (std::uint64_t i = 0; i < 40; ++i) sent += page.says(update_message(typing("x", i))).frames.size();
  CHECK(sent == kYjsInFlightMax);
  CHECK(page.shard("[38,5,0,9,4,1000,0]").frames.size() == 1);
  const std::string large = update_message(typing(std::string(3'000'000, 'x')));
  for (int i = 0; i < 4; ++i) static_cast<void>(page.says(large));
  CHECK(page.translator.ending() == YjsTranslator::Ending::retry);
}

TEST_CASE("a refusal that time heals ends the connection for a new one; one that is final makes the page read only") {
  SECTION("rate_limited") {
    Page page;
    static_cast<void>(page.says(update_message(typing("x"))));
    static_cast<void>(page.shard("[39,5,0,75,500,{\"message\":\"The rate limit is exceeded.\"}]"));
    CHECK(page.translator.ending() == YjsTranslator::Ending::retry);
  }
  SECTION("forbidden") {
    Page page;
    static_cast<void>(page.says(update_message(typing("x"))));
    CHECK(page.shard("[39,5,0,61,0,{\"message\":\"Not allowed.\"}]").messages == std::vector{denied_message("Not allowed.")});
    CHECK(page.translator.ending() == YjsTranslator::Ending::none);
    CHECK(page.says(update_message(typing("y"))).frames.empty());
  }
  SECTION("document_hole: the page is asked for what it has") {
    Page page;
    static_cast<void>(page.says(update_message(typing("x", 4))));
    CHECK(page.shard("[39,5,0,97,0,{\"message\":\"\"}]").asks);
    page.translator.on_document(found("sv2", "all"));
    CHECK(page.translator.take_output().messages == std::vector{state_vector_message("sv2")});
  }
  SECTION("the JOIN") {
    YjsTranslator translator(kOpening);
    translator.on_text("[42,1,61,{\"message\":\"Not allowed.\"}]", 0);
    CHECK(translator.take_output().messages == std::vector{denied_message("Not allowed.")});
    CHECK(translator.ending() == YjsTranslator::Ending::refused);
  }
}

TEST_CASE("after a SKIP the page gets what it missed, from the state that it was known to have") {
  Page page;
  static_cast<void>(page.says(state_vector_message("mine")));
  page.translator.on_document(found("at-10", "difference"));
  static_cast<void>(page.translator.take_output());
  CHECK(page.shard("[37,5,11,20]").asks);
  CHECK(page.translator.question().since == "at-10");
  page.translator.on_document(found("at-20", "missed"));
  CHECK(page.translator.take_output().messages == std::vector{update_message("missed")});
}

TEST_CASE("malformed messages end the connection, unknown kinds and answers do not") {
  for (const std::string& bytes :
       {std::string(), std::string("\x00\x02\x09", 3), std::string("\x01\xff\xff", 3), std::string("\x80")}) {
    Page page;
    static_cast<void>(page.says(bytes));
    CHECK(page.translator.ending() == YjsTranslator::Ending::malformed);
  }
  Page page;
  for (const std::string& bytes : {std::string("\x07"), std::string("\x00\x09", 2), std::string("\x02\x00\x01x", 4)}) {
    CHECK(page.says(bytes).frames.empty());
    CHECK(page.translator.ending() == YjsTranslator::Ending::none);
  }
  static_cast<void>(page.says(update_message("no update")));
  CHECK(page.translator.ending() == YjsTranslator::Ending::malformed);
}

TEST_CASE("awareness is the state of the session, and states of others are awareness with rising clocks") {
  Page page;
  CHECK(page.says(awareness_message({{7, 1, R"({"cursor":1})"}})).frames ==
        std::vector<std::string>{R"([20,3,"doc-1",{"yjs":{"7":{"cursor":1}}}])"});
  CHECK(page.says(awareness_message({{7, 2, R"({"cursor":1})"}})).frames.empty());
  const std::string watched =
      R"([51,2,0,5,1,{"rate":10,"members":[{"userId":"ann","sessions":[{"id":1,"state":{"yjs":{"7":{"cursor":1}}}}]},)"
      R"({"userId":"bob","sessions":[{"id":2,"state":{"yjs":{"8":{"cursor":2}}}}]}]}])";
  CHECK(page.shard(watched, 5'000).messages == std::vector{awareness_message({{8, 5'000, R"({"cursor":2})"}})});
  // A page repeats what it receives.
  CHECK(page.says(awareness_message({{8, 5'000, R"({"cursor":2})"}})).frames.empty());
  CHECK(page.says("\x03").messages == std::vector{awareness_message({{8, 5'000, R"({"cursor":2})"}})});
  const std::string moved = R"([52,5,2,{"states":[{"userId":"bob","sessions":[{"id":2,"state":{"yjs":{"8":{"cursor":3}}}}]}]}])";
  CHECK(page.shard(moved, 4'000).messages == std::vector{awareness_message({{8, 5'001, R"({"cursor":3})"}})});
  CHECK(page.translator.heartbeat(6'000) == awareness_message({{8, 6'000, R"({"cursor":3})"}}));
  CHECK(page.shard(R"([52,5,3,{"left":["bob"]}])", 9'000).messages == std::vector{awareness_message({{8, 9'000, "null"}})});
  CHECK(page.says(awareness_message({{7, 3, "null"}})).frames == std::vector<std::string>{R"([20,4,"doc-1",null])"});
}

TEST_CASE("cursors that stay where they are come again, also to a page that is busy") {
  Page page;
  const std::string watched =
      R"([51,2,0,5,1,{"rate":10,"members":[{"userId":"bob","sessions":[{"id":2,"state":{"yjs":{"8":{"cursor":2}}}}]}]}])";
  CHECK(page.shard(watched, 5'000).messages.size() == 1);
  const std::string ack = R"([38,5,0,9,1,1000,0])";
  CHECK(page.shard(ack, kYjsRenewMs - 1).messages.empty());
  CHECK(page.shard(ack, kYjsRenewMs).messages == std::vector{awareness_message({{8, kYjsRenewMs, R"({"cursor":2})"}})});
  CHECK(page.shard(ack, kYjsRenewMs + 1).messages.empty());
}

TEST_CASE("a page without others hears a heartbeat, too") { CHECK(Page().translator.heartbeat(1) == awareness_message({})); }

TEST_CASE("states beyond the bounds are not shown, and end nothing") {
  Page page;
  const std::string large = "\"" + std::string(kAwarenessStateBytesMax, 'x') + "\"";
  for (const std::string& state : {large, std::string("{"), std::string("1 2"), std::string()}) {
    CHECK(page.says(awareness_message({{7, 1, state}})).frames.empty());
    CHECK(page.translator.ending() == YjsTranslator::Ending::none);
  }
  std::vector<AwarenessState> many;
  for (std::uint64_t client = 0; client <= kAwarenessClientsMax; ++client) many.push_back({client, 1, "1"});
  CHECK(page.says(awareness_message(many)).frames.empty());
}

TEST_CASE("a state that was set before the answer to JOIN is sent after it") {
  YjsTranslator translator(kOpening);
  translator.on_message(awareness_message({{7, 1, "1"}}));
  CHECK(translator.take_output().frames.empty());
  translator.on_text(kJoined, 0);
  const auto frames = translator.take_output().frames;
  REQUIRE(frames.size() == 2);
  CHECK(frames[1] == R"([20,3,"doc-1",{"yjs":{"7":1}}])");
}

}  // namespace dialogue::transport
