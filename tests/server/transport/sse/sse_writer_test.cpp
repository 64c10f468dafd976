// What waits to be sent on a push stream, and how much of it is translated.
#include "server/transport/sse/sse_writer.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace dialogue::transport {

using core::SharedBytes;

namespace {

SharedBytes text_of(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

/// What the socket would be given next.
std::string next(const SseWriter& writer) {
  std::array<iovec, 64> parts{};
  std::string bytes;
  for (std::size_t i = 0, count = writer.gather(parts); i < count; ++i)
    bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
  return bytes;
}

}  // namespace

TEST_CASE("small events are many times as large as blocks: only as much is translated as the socket can soon take") {
  constexpr std::size_t kTexts = 100, kTextBytes = 2'000, kTimes = 10, kAheadMax = 64 * 1024 + kTimes * kTextBytes;
  SseWriter writer;
  for (std::size_t i = 0; i < kTexts; ++i) writer.push_text(text_of(std::string(kTextBytes, static_cast<char>('0' + i % 10))));
  const std::size_t as_frames = writer.bytes();
  std::size_t translated = 0;
  const auto translate = [&](const SharedBytes& text) {
    ++translated;
    return text_of(std::string(kTimes * text->size(), text->front()));
  };
  std::string sent;
  for (; !writer.empty(); writer.consumed(sent.size())) {
    writer.translate_ahead(translate);
    CHECK(writer.bytes() <= as_frames + kAheadMax);
    sent = next(writer);
    CHECK(sent.size() <= kAheadMax);
    CHECK(sent.front() == static_cast<char>('0' + (translated - 1 - sent.size() / (kTimes * kTextBytes) + 1) % 10));
  }
  CHECK(translated == kTexts);
}

TEST_CASE("texts without an effect are dropped, and the following ones are sent") {
  SseWriter writer;
  for (const char* text : {"-", "-", "a", "-", "b", "-"}) writer.push_text(text_of(text));
  writer.translate_ahead([](const SharedBytes& text) { return *text == "-" ? nullptr : text; });
  CHECK(next(writer) == "ab");
  writer.consumed(2);
  CHECK(writer.empty());
  CHECK(writer.bytes() == 0);
  writer.push_text(text_of("-"));
  writer.translate_ahead([](const SharedBytes&) { return SharedBytes(); });
  CHECK(writer.empty());
  CHECK(next(writer).empty());
}

}  // namespace dialogue::transport
