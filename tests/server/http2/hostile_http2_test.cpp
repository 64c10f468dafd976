// Peers that cost more than they pay: each bound of http2_limits.hpp is filled, and then gone beyond.
#include <catch2/catch.hpp>

#include "server/http2/http2_session.hpp"
#include "tests/server/http2/support/http2_peer.hpp"

using namespace dialogue;
using namespace dialogue::test;

namespace {

/// Sends `text` until the connection ends; how often that was.
std::size_t repeat(Http2Peer& peer, std::string_view text, std::size_t max) {
  for (std::size_t i = 0; i < max; ++i) {
    peer.send(text);
    if (peer.session.is_over()) return i;
  }
  return max;
}

}  // namespace

TEST_CASE("HTTP/2: streams at once are bounded; one more is refused, and later it is a breach (section 5.1.2)") {
  Http2Peer peer(10);
  peer.begin();
  for (StreamId stream = 1; stream <= 2 * 10; stream += 2) peer.get(stream);
  CHECK(peer.heads.size() == 10);
  peer.get(21);
  CHECK(peer.heads.size() == 10);
  CHECK((peer.count(FrameType::goaway) > 0 || peer.code(21) == kRefusedStream));
}

TEST_CASE("HTTP/2: frames that carry nothing have a budget of 1,000 and 100 a second") {
  const std::string frames[] = {
      frame_text(FrameType::ping, 0, 0, "12345678"),
      frame_text(FrameType::settings, 0, 0),
      frame_text(FrameType::priority, 0, 1, number_text(0) + "a"),
      frame_text(FrameType::window_update, 0, 0, number_text(1)),
      frame_text(FrameType::data, 0, 1),
      frame_text(static_cast<FrameType>(0x0a), 0, 0, "unknown"),  // of a type that nobody knows
      frame_text(static_cast<FrameType>(0xff), 0, 1, "unknown"),
  };
  for (const std::string& text : frames) {
    INFO("frame type " << static_cast<int>(text[3]));
    Http2Peer peer;
    peer.begin();
    peer.request(1, request_fields("POST", "/"), false);
    const std::size_t sent = repeat(peer, text, 3 * kIdleFramesMax);
    CHECK(sent >= kIdleFramesMax - 10);
    CHECK(sent <= kIdleFramesMax + 10);
    CHECK(peer.code(0) == kEnhanceYourCalm);
  }
  Http2Peer slow;
  slow.begin();
  for (std::size_t i = 0; i < 3 * kIdleFramesMax; ++i) {
    slow.now_ms += 1'000 / kIdleFramesPerSecond;
    slow.send(frames[0]);
  }
  CHECK_FALSE(slow.session.is_over());
}

TEST_CASE("HTTP/2: DATA that was sent pays for the WINDOW_UPDATEs that answer it") {
  Http2Peer peer;
  peer.begin();
  peer.get(1);
  peer.session.respond(1, {.status = 200}, true);
  for (std::size_t i = 0; i < 3 * kIdleFramesMax; ++i) {
    peer.to_send[1] = "event";
    peer.to_send[1].push_back('\n');
    peer.to_send[1] += std::string(20'000, 'a');
    peer.session.resume(1);
    peer.take();
    peer.to_send[1].clear();
    peer.send(FrameType::window_update, 0, 1, number_text(20'006));
    peer.send(FrameType::window_update, 0, 0, number_text(20'006));
    if (!peer.over.empty()) break;  // its body was read to the end
    peer.seen.clear();
  }
  CHECK(peer.count(FrameType::goaway) == 0);
}

TEST_CASE("CVE-2023-44487: streams that are reset at once have a budget of 200 and 20 a second") {
  Http2Peer peer;
  peer.begin();
  StreamId stream = 1;
  for (; !peer.session.is_over() && stream < 10'000; stream += 2) {
    peer.get(stream);
    peer.send(FrameType::rst_stream, 0, stream, number_text(kCancel));
  }
  CHECK(peer.heads.size() >= kCancelledStreamsMax);
  CHECK(peer.heads.size() <= kCancelledStreamsMax + 2);
  CHECK(peer.code(0) == kEnhanceYourCalm);
  Http2Peer slow;
  slow.begin();
  for (stream = 1; stream < 2'000; stream += 2) {
    slow.now_ms += 1'000 / kCancelledStreamsPerSecond;
    slow.get(stream);
    slow.send(FrameType::rst_stream, 0, stream, number_text(kCancel));
  }
  CHECK(slow.heads.size() == 1'000);
  CHECK_FALSE(slow.session.is_over());
}

TEST_CASE("CVE-2025-8671: streams that the server has to reset count like those that the peer resets") {
  Http2Peer peer;
  peer.begin();
  for (StreamId stream = 1; !peer.session.is_over() && stream < 10'000; stream += 2) {
    peer.get(stream);
    peer.send(FrameType::window_update, 0, stream, number_text(0));
  }
  CHECK(peer.heads.size() <= kCancelledStreamsMax + 2);
  CHECK(peer.code(0) != kNoError);
}

TEST_CASE("F-H3 HTTP/2: streams that the server gives up are not among those that the peer may cancel") {
  Http2Peer peer;
  peer.begin(setting_text(4, 0));
  for (StreamId stream = 1; stream < 3'000; stream += 2) {
    peer.get(stream);
    peer.respond(stream, 200, "unread");
    peer.session.give_up(stream);
    peer.take();
  }
  CHECK(peer.code(2'999) == kCancel);
  CHECK_FALSE(peer.session.is_over());
}

TEST_CASE("HTTP/2: CONTINUATION without end is ended by its count or its bytes (CVE-2024-28182)") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{10'000}}) {
    Http2Peer peer;
    peer.begin();
    peer.send(FrameType::headers, kEndStream, 1, fields_text(request_fields("GET", "/")));
    std::string part;
    while (part.size() < size) part += field_text("a", std::string(100, 'b'));
    const std::size_t sent = repeat(peer, frame_text(FrameType::continuation, 0, 1, part), 10'000);
    CHECK(sent <= 16);
    CHECK(peer.code(0) != kNoError);
    CHECK(peer.heads.empty());
  }
}

TEST_CASE("HTTP/2: a header block is bounded after HPACK as well: one byte may stand for four kilobytes") {
  Http2Peer peer;
  peer.begin();
  const std::string value(3'900, 'b');
  std::string block = fields_text(request_fields("GET", "/"));
  block += '\x40' + field_text("bomb", value).substr(1);                   // literal with incremental indexing: entry 62
  for (int i = 0; i < 10'000; ++i) block += static_cast<char>(0x80 | 62);  // indexed
  REQUIRE(block.size() < 16'384);
  peer.send(FrameType::headers, kEndHeaders | kEndStream, 1, block);
  CHECK(peer.heads.empty());
  CHECK(peer.code(0) == kEnhanceYourCalm);
}

TEST_CASE("HTTP/2: a head of up to 32 KiB comes through, so that it is answered with 431") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, request_fields("GET", "/", {{"large", std::string(12'000, 'a')}}));
  CHECK(peer.heads.at(1).size() > 12'000);
  CHECK(peer.count(FrameType::goaway) == 0);
}

TEST_CASE("HTTP/2: what has begun and is not finished is known with its time, and each frame of a block does not renew it") {
  Http2Peer peer;
  CHECK(peer.session.incomplete_since_ms() == 1'000);  // the preface
  peer.begin();
  CHECK(peer.session.incomplete_since_ms() == 0);
  peer.now_ms = 2'000;
  peer.send(FrameType::headers, kEndStream, 1, fields_text(request_fields("GET", "/")));
  peer.now_ms = 3'000;
  peer.send(FrameType::continuation, 0, 1, field_text("a", "b"));
  CHECK(peer.session.incomplete_since_ms() == 2'000);
}
