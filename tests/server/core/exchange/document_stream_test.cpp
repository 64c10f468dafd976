// The stream of a document: who may ask, what comes in which order within the credit, and how much a shard holds at most.
#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/core/documents/document_log.hpp"
#include "server/core/exchange/document_question.hpp"
#include "server/core/exchange/document_stream.hpp"
#include "shared/base/base64.hpp"
#include "shared/document/document.hpp"
#include "shared/json/json_text.hpp"
#include "shared/schema/definitions.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

/// {"body": text} as Yjs encodes it, by client 1.
std::string update_with(const std::string& text) {
  std::string update(
      "\x01\x01\x01\x00\x04\x01\x04"
      "body",
      11);
  for (std::size_t left = text.size();;) {
    const bool is_last = left < 0x80;
    update.push_back(static_cast<char>(is_last ? left : (left & 0x7f) | 0x80));
    if (is_last) break;
    left >>= 7;
  }
  return update + text + '\0';
}

struct Stream {
  explicit Stream(std::uint64_t granted = 0)
      : handler(std::make_shared<DocumentStream>([this](ExchangeReply reply) { take(std::move(reply)); }, held, granted)) {}

  void take(ExchangeReply reply) {
    if (auto* item = std::get_if<ExchangeItem>(&reply)) items.push_back(item->json);
    if (auto* result = std::get_if<ExchangeResult>(&reply)) results.push_back(*result);
  }
  void begin() {
    handler->begin(
        [this](DocumentQuery&& query, auto done) {
          asked = std::move(query);
          answer = std::move(done);
        },
        {"doc-1", "page", false, std::string(1, '\0')});
  }
  void grant(std::uint64_t up_to) { handler->take(ExchangeGrant{up_to}); }

  std::shared_ptr<std::size_t> held = std::make_shared<std::size_t>(0);
  std::vector<std::string> items;
  std::vector<ExchangeResult> results;
  DocumentQuery asked;
  std::function<void(DocumentQuery::Result&&)> answer;
  std::shared_ptr<DocumentStream> handler;
};

DocumentQuery::Result found(std::string update, std::string vector = std::string(1, '\0')) {
  DocumentQuery::Result result;
  result.epoch = 7;
  result.seq = 3;
  result.state_vector = std::move(vector);
  result.update = std::move(update);
  return result;
}
const std::string kNothing(2, '\0');

}  // namespace

TEST_CASE("a document comes as its state vector and then updates, each within what was granted") {
  Stream stream(1);
  stream.begin();
  CHECK(stream.asked.room_id == "doc-1");
  const std::string text(100'000, 'x');
  stream.answer(found(update_with(text), std::string("\x01\x01\x05", 3)));
  REQUIRE(stream.items.size() == 1);
  CHECK(stream.items[0] == R"({"epoch":7,"seq":3,"v":"AQEF"})");
  CHECK(*stream.held > 100'000);
  stream.grant(2);
  CHECK(stream.items.size() == 2);
  CHECK(stream.results.empty());
  stream.grant(10);
  REQUIRE(stream.results.size() == 1);
  CHECK(stream.results[0].code == ErrorCode::ok);
  CHECK(*stream.held == 0);

  document::Document copy;
  for (std::size_t i = 1; i < stream.items.size(); ++i) {
    CHECK(stream.items[i].size() < 65'000);
    REQUIRE(copy.apply(update_of(stream.items[i]).value(), nullptr) == document::Refusal::none);
  }
  CHECK(copy.encode() == update_with(text));
}

TEST_CASE("a document without news is its state vector only") {
  Stream stream(5);
  stream.begin();
  stream.answer(found(kNothing));
  CHECK(stream.items == std::vector<std::string>{R"({"epoch":7,"seq":3,"v":"AA=="})"});
  REQUIRE(stream.results.size() == 1);
  CHECK(stream.results[0].code == ErrorCode::ok);
}

TEST_CASE("what the owner refuses ends the stream with its reason") {
  Stream stream(5);
  stream.begin();
  DocumentQuery::Result refused;
  refused.fault = {ErrorCode::history_damaged, {}, {}};
  stream.answer(std::move(refused));
  REQUIRE(stream.results.size() == 1);
  CHECK(stream.results[0].code == ErrorCode::history_damaged);
}

TEST_CASE("the bytes that a shard holds for its streams are limited, but one stream can always begin") {
  Stream stream(1);
  *stream.held = kDocumentBytesHeldMax;
  stream.begin();
  stream.answer(found(update_with("x")));
  REQUIRE(stream.results.size() == 1);
  CHECK(stream.results[0].code == ErrorCode::rate_limited);
  CHECK(stream.results[0].retry_after_ms > 0);
  CHECK(*stream.held == kDocumentBytesHeldMax);

  Stream alone(1);
  alone.begin();
  alone.answer(found(kNothing, std::string(kDocumentBytesHeldMax + 1, 'v')));
  CHECK(alone.results.empty());
  CHECK(alone.items.size() == 1);
  alone.handler->take(ExchangeEnded{ErrorCode::aborted});
  CHECK(*alone.held == 0);
}

TEST_CASE("a stream that has ended takes no answer, and one that is gone holds nothing") {
  Stream stream(1);
  stream.begin();
  stream.handler->take(ExchangeEnded{ErrorCode::connection_lost});
  stream.answer(found(update_with("x")));
  CHECK(stream.items.empty());
  CHECK(stream.results.empty());

  Stream gone(1);
  gone.begin();
  gone.answer(found(update_with("x")));
  CHECK(*gone.held > 0);
  gone.handler.reset();
  CHECK(*gone.held == 0);
  gone.answer(found(update_with("x")));
  CHECK(gone.items.size() == 1);
}

TEST_CASE("only a member asks, by names and a state vector; the handler gets the question") {
  std::vector<ExchangeQuestion> questions;
  auto config = test_config();
  config->exchanges = [&](ExchangeQuestion&& question, const ExchangeReplies&) -> std::shared_ptr<ExchangeHandler> {
    questions.push_back(std::move(question));
    return nullptr;
  };
  Cluster cluster(GENERATE(1u, 3u, 5u), std::move(config));
  Client ann = cluster.greeted("ann");
  const auto refusal = [&](const std::string& request) {
    ann.send(frame({FrameType::call, 1, 0, 0, 2}, "0," + request));
    const std::string answer = ann.only();
    return answer.substr(0, answer.find(",{"));
  };
  const auto refused_by = [](ErrorCode code) { return "[48,1," + std::to_string(number(code)); };
  const std::string question = R"({"room":"chat","event":"page","since":"AQcF"})";
  CHECK(refusal(question) == refused_by(ErrorCode::not_joined));
  for (const char* const unreadable :
       {R"({"room":"chat"})", R"({"room":"chat","event":"page","since":"?"})", "7", R"({"room":["chat"],"event":"page"})"})
    CHECK(refusal(unreadable) == refused_by(ErrorCode::request_invalid));
  CHECK(questions.empty());

  CHECK(ann.join("chat").room != 0);
  static_cast<void>(ann.take());
  CHECK(refusal(question) == refused_by(ErrorCode::handler_unavailable));
  REQUIRE(questions.size() == 1);
  REQUIRE(questions[0].document != nullptr);
  CHECK(questions[0].document->room_id == "chat");
  CHECK(questions[0].document->event == "page");
  CHECK(questions[0].document->since == "\x01\x07\x05");
  CHECK(questions[0].granted == 2);
  CHECK(questions[0].timeout_ms == 60'000);
  ErrorCode last = ErrorCode::ok;
  for (int i = 0; i < 300 && last != ErrorCode::rate_limited; ++i)
    if (refusal(question) == refused_by(ErrorCode::rate_limited)) last = ErrorCode::rate_limited;
  CHECK(last == ErrorCode::rate_limited);
}

}  // namespace dialogue::testing
