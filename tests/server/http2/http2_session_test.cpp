// RFC 9113 from the peer's side: preface, requests, bodies, flow control, ends. Sections are named in the tests.
#include "server/http2/http2_session.hpp"

#include <catch2/catch.hpp>

#include "tests/server/http2/support/http2_peer.hpp"

using namespace dialogue;
using namespace dialogue::test;

TEST_CASE("HTTP/2: the server's preface is SETTINGS with its bounds, and no extended CONNECT (section 3.4, RFC 8441)") {
  Http2Peer peer(7);
  peer.take();
  REQUIRE(peer.seen.at(0).type == FrameType::settings);
  const std::string& settings = peer.seen[0].payload;
  CHECK(settings.find(setting_text(3, 7)) != std::string::npos);
  CHECK(settings.find(setting_text(6, kHeaderListBytesMax)) != std::string::npos);
  CHECK(settings.find(setting_text(8, 1)) == std::string::npos);
  CHECK(peer.seen.at(1).type == FrameType::window_update);
  CHECK(peer.seen[1].number(0) == kConnectionWindowBytes - kStreamWindowBytes);
}

TEST_CASE("HTTP/2: what is not the preface ends the connection, in HTTP/1.1 too (section 3.4)") {
  Http2Peer peer;
  peer.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(peer.code(0) == kProtocolError);
  CHECK(peer.session.is_over());
  CHECK(peer.heads.empty());
}

TEST_CASE("HTTP/2: SETTINGS and PING are acknowledged (sections 6.5.3 and 6.7)") {
  Http2Peer peer;
  peer.begin();
  peer.send(FrameType::ping, 0, 0, "12345678");
  REQUIRE(peer.seen.size() == 1);
  CHECK(peer.seen[0].flags == kAck);
  CHECK(peer.seen[0].payload == "12345678");
}

TEST_CASE("HTTP/2: a request is the text that HTTP/1.1 has for it, and its response HEADERS and DATA (section 8.1)") {
  Http2Peer peer;
  peer.begin();
  peer.request(1,
               request_fields("GET", "/events?rooms=a", {{"accept", "text/event-stream"}, {"cookie", "a=1"}, {"cookie", "b=2"}}));
  CHECK(peer.heads.at(1) ==
        "GET /events?rooms=a HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\ncookie: a=1; b=2\r\nconnection: "
        "close\r\n\r\n");
  CHECK(peer.ended[1]);
  peer.respond(1, 200, "hello");
  REQUIRE(peer.count(FrameType::headers, 1) == 1);
  REQUIRE(peer.data_bytes(1) == 5);
  CHECK((peer.seen.back().flags & kEndStream) != 0);
  CHECK(peer.over == std::vector<StreamId>{1});
}

TEST_CASE("HTTP/2: a body of unknown length is announced as chunks, one of known length as its length (section 8.1.1)") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, request_fields("POST", "/"), false);
  CHECK(peer.heads.at(1).find("transfer-encoding: chunked\r\n") != std::string::npos);
  peer.request(3, request_fields("POST", "/", {{"content-length", "3"}}), false);
  CHECK(peer.heads.at(3).find("transfer-encoding") == std::string::npos);
  CHECK(peer.heads.at(3).find("content-length: 3\r\n") != std::string::npos);
  peer.send(FrameType::data, 0, 3, "abc");
  peer.send(FrameType::data, kEndStream, 3);
  CHECK(peer.bodies.at(3) == "abc");
  CHECK(peer.ended[3]);
  CHECK_FALSE(peer.ended[1]);
}

TEST_CASE("HTTP/2: trailers end a body and are dropped (section 8.1)") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, request_fields("POST", "/"), false);
  peer.send(FrameType::data, 0, 1, "abc");
  peer.request(1, {{"checksum", "1"}});
  CHECK(peer.ended[1]);
  CHECK(peer.heads.size() == 1);
}

TEST_CASE("HTTP/2: malformed requests are reset and never begun (sections 8.1.1, 8.2 and 8.3)") {
  const auto with = [](const Fields& more) { return request_fields("GET", "/", more); };
  const std::vector<Fields> malformed = {
      {{":method", "GET"}, {":scheme", "https"}, {":authority", "localhost"}},                 // no :path
      {{":method", "GET"}, {":scheme", "https"}, {":path", ""}, {":authority", "localhost"}},  // an empty one
      {{":method", "GET"}, {":path", "/"}, {":authority", "localhost"}},                       // no :scheme
      {{":scheme", "https"}, {":path", "/"}, {":authority", "localhost"}},                     // no :method
      {{":method", "GET"}, {":scheme", "https"}, {":path", "/a b"}, {":authority", "localhost"}},
      with({{":path", "/again"}}),
      with({{"accept", "a"}, {":late", "pseudo"}}),
      with({{":status", "200"}}),
      with({{":protocol", "websocket"}}),  // RFC 8441 is not offered
      with({{"Accept", "upper case"}}),
      with({{"connection", "keep-alive"}}),
      with({{"transfer-encoding", "chunked"}}),
      with({{"upgrade", "websocket"}}),
      with({{"te", "gzip"}}),
      with({{"split", "a\r\nhost: elsewhere"}}),
      with({{"zero", std::string(1, '\0')}}),
      with({{"content-length", "1"}, {"content-length", "2"}}),
      with({{"content-length", "x"}}),
      with({{"content-length", "5"}}),  // and no body
  };
  Http2Peer peer;
  peer.begin();
  StreamId stream = 1;
  for (const Fields& fields : malformed) {
    INFO(fields_text(fields));
    peer.request(stream, fields);
    CHECK(peer.heads.find(stream) == peer.heads.end());
    CHECK(peer.code(stream) == kProtocolError);
    stream += 2;
  }
  peer.get(stream);
  CHECK(peer.heads.size() == 1);
}

TEST_CASE(
    "HTTP/2: Host stands for :authority, two that differ are both shown, and CONNECT has a target of its own (section 8.3.1)") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, {{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "localhost"}});
  CHECK(peer.heads.at(1) == "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
  peer.request(3, request_fields("GET", "/", {{"host", "elsewhere"}}));
  CHECK(peer.heads.at(3).find("host: localhost\r\nhost: elsewhere\r\n") != std::string::npos);
  peer.request(5, {{":method", "CONNECT"}, {":authority", "localhost:1"}});
  CHECK(peer.heads.at(5).starts_with("CONNECT CONNECT HTTP/1.1\r\n"));
}

TEST_CASE("HTTP/2: a header block may be divided over CONTINUATION, and nothing may come between (section 6.10)") {
  const std::string block = fields_text(request_fields("GET", "/"));
  Http2Peer peer;
  peer.begin();
  peer.send(FrameType::headers, kEndStream, 1, block.substr(0, 10));
  CHECK(peer.session.incomplete_since_ms() == peer.now_ms);
  peer.send(FrameType::continuation, 0, 1, block.substr(10, 20));
  peer.send(FrameType::continuation, kEndHeaders, 1, block.substr(30));
  CHECK(peer.heads.size() == 1);
  CHECK(peer.session.incomplete_since_ms() == 0);
  peer.send(FrameType::headers, kEndStream, 3, block.substr(0, 10));
  peer.send(FrameType::ping, 0, 0, "12345678");
  CHECK(peer.code(0) == kProtocolError);
}

TEST_CASE("HTTP/2: frames on wrong streams and of wrong sizes end the connection (sections 4.2, 5.1 and 6)") {
  const std::vector<std::pair<std::string, std::uint32_t>> wrong = {
      {frame_text(FrameType::data, 0, 0, "a"), kProtocolError},
      {frame_text(FrameType::data, 0, 1, "a"), kProtocolError},                               // idle
      {frame_text(FrameType::headers, kEndHeaders | kEndStream, 2, "\x82"), kProtocolError},  // of the server's own
      {frame_text(FrameType::settings, 0, 1), kProtocolError},
      {frame_text(FrameType::settings, 0, 0, "abc"), kFrameSizeError},
      {frame_text(FrameType::settings, kAck, 0, setting_text(1, 1)), kFrameSizeError},
      {frame_text(FrameType::ping, 0, 0, "short"), kFrameSizeError},
      {frame_text(FrameType::ping, 0, 1, "12345678"), kProtocolError},
      {frame_text(FrameType::rst_stream, 0, 1, number_text(kCancel)), kProtocolError},
      {frame_text(FrameType::window_update, 0, 0, number_text(0)), kProtocolError},
      {frame_text(FrameType::push_promise, kEndHeaders, 1, number_text(2)), kProtocolError},
      {frame_text(FrameType::ping, 0, 0, std::string(16'385, 'a')), kFrameSizeError},
  };
  for (const auto& [text, code] : wrong) {
    Http2Peer peer;
    peer.begin();
    peer.send(text);
    INFO("frame type " << static_cast<int>(text[3]) << ", " << text.size() << " bytes");
    CHECK(peer.code(0) == code);
    CHECK(peer.session.is_over());
  }
}

// --- Flow control (sections 5.2 and 6.9) ---

TEST_CASE("HTTP/2: no byte of a body is asked for beyond the windows of stream and connection") {
  Http2Peer peer;
  peer.begin(setting_text(4, 100));
  peer.get(1);
  peer.respond(1, 200, std::string(1'000, 'a'));
  CHECK(peer.data_bytes(1) == 100);
  CHECK(peer.to_send[1].size() == 900);
  peer.send(FrameType::window_update, 0, 1, number_text(50));
  CHECK(peer.data_bytes(1) == 150);
  peer.send(FrameType::settings, 0, 0, setting_text(4, 1'000));
  CHECK(peer.data_bytes(1) == 1'000);
}

TEST_CASE("F-H3 HTTP/2: a stream waits for its peer only if a window is used up, its own or the connection's") {
  Http2Peer peer;
  peer.begin(setting_text(4, 40'000));
  for (const StreamId stream : {1, 3}) {
    peer.get(stream);
    peer.respond(stream, 200, std::string(50'000, 'a'));
  }
  peer.get(5);
  peer.session.respond(5, {.status = 200}, true);
  peer.take();
  CHECK(peer.session.has_no_window(1));
  CHECK(peer.session.has_no_window(5));  // of the connection's 65,535 nothing is left
  peer.send(FrameType::window_update, 0, 0, number_text(100'000));
  CHECK(peer.session.has_no_window(1));
  CHECK_FALSE(peer.session.has_no_window(5));
}

TEST_CASE("HTTP/2: the connection's window holds all streams back, and a resumed stream continues by itself") {
  Http2Peer peer;
  peer.begin(setting_text(4, 1'000'000));
  for (const StreamId stream : {1, 3}) {
    peer.get(stream);
    peer.respond(stream, 200, std::string(60'000, 'a'));
  }
  CHECK(peer.data_bytes(1) + peer.data_bytes(3) == 65'535);
  peer.send(FrameType::window_update, 0, 0, number_text(100'000));
  CHECK(peer.data_bytes(1) + peer.data_bytes(3) == 120'000);
  peer.get(5);
  peer.session.respond(5, {.status = 200}, true);
  peer.take();
  CHECK(peer.data_bytes(5) == 0);
  peer.to_send[5] = "later";
  peer.session.resume(5);
  peer.take();
  CHECK(peer.data_bytes(5) == 5);
}

TEST_CASE("HTTP/2: a body may be at most one window ahead of its reader") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, request_fields("POST", "/"), false);
  const std::string part(16'384, 'a');
  for (int i = 0; i < 3; ++i) peer.send(FrameType::data, 0, 1, part);
  peer.send(FrameType::data, 0, 1, part.substr(0, 16'383));
  CHECK(peer.bodies[1].size() == 65'535);
  CHECK(peer.count(FrameType::window_update) == 0);
  SECTION("what is taken may come again") {
    peer.session.consumed(1, 65'535);
    peer.take();
    CHECK(peer.count(FrameType::window_update, 1) == 1);
    peer.send(FrameType::data, 0, 1, part);
    CHECK(peer.count(FrameType::rst_stream) + peer.count(FrameType::goaway) == 0);
  }
  SECTION("beyond it the stream is reset") {
    peer.send(FrameType::data, 0, 1, part);
    CHECK(peer.code(peer.count(FrameType::goaway) > 0 ? 0 : 1) == kFlowControlError);
    CHECK(peer.bodies[1].size() <= 65'535 + part.size());  // the frame that goes beyond still comes
  }
}

TEST_CASE("HTTP/2: a stream that ends gives the connection's window back") {
  Http2Peer peer;
  peer.begin();
  const std::string part(16'384, 'a');
  for (StreamId stream = 1; stream < 2 * 100; stream += 2) {
    peer.request(stream, request_fields("POST", "/"), false);
    for (int i = 0; i < 3; ++i) peer.send(FrameType::data, 0, stream, part);
    peer.respond(stream, 413, "");
    peer.send(FrameType::rst_stream, 0, stream, number_text(kNoError));
  }
  CHECK(peer.heads.size() == 100);
  CHECK(peer.count(FrameType::goaway) == 0);
  CHECK(peer.over.size() == 100);
}

// --- Ends ---

TEST_CASE("HTTP/2: a response before the end of the request says that the rest is not wanted (section 8.1)") {
  Http2Peer peer;
  peer.begin();
  peer.request(1, request_fields("POST", "/"), false);
  peer.respond(1, 413, "too large");
  CHECK(peer.code(1) == kNoError);
  CHECK(peer.over == std::vector<StreamId>{1});
}

TEST_CASE("HTTP/2: a stream that the peer resets is over, whatever it had to send (section 6.4)") {
  Http2Peer peer;
  peer.begin(setting_text(4, 10));
  peer.get(1);
  peer.respond(1, 200, std::string(1'000, 'a'));
  peer.send(FrameType::rst_stream, 0, 1, number_text(kCancel));
  CHECK(peer.over == std::vector<StreamId>{1});
  peer.send(FrameType::window_update, 0, 1, number_text(1'000));
  CHECK(peer.data_bytes(1) == 10);
  CHECK(peer.count(FrameType::goaway) == 0);
}

TEST_CASE("HTTP/2: a request that cannot be served now is refused as one that was not begun (section 8.7)") {
  Http2Peer peer;
  peer.begin();
  peer.accepts = false;
  peer.get(1);
  CHECK(peer.code(1) == kRefusedStream);
  CHECK(peer.over.empty());
}

TEST_CASE("HTTP/2: an end in order serves what is under way, and then closes (section 6.8)") {
  Http2Peer peer;
  peer.begin();
  peer.get(1);
  peer.session.announce_end();
  peer.take();
  CHECK(peer.code(0) == kNoError);
  CHECK(peer.seen.back().number(0) == 0x7fffffff);
  peer.get(3);
  CHECK(peer.heads.size() == 2);
  peer.session.end_acceptance();
  peer.take();
  CHECK(peer.seen.back().number(0) == 3);
  peer.get(5);
  CHECK(peer.heads.size() == 2);
  peer.respond(1, 204, "");
  CHECK_FALSE(peer.session.is_over());
  peer.respond(3, 204, "");
  CHECK(peer.session.is_over());
}

TEST_CASE("HTTP/2: a peer that says GOAWAY gets the answers that it waits for, then the end (section 6.8)") {
  Http2Peer peer;
  peer.begin();
  peer.get(1);
  peer.send(FrameType::goaway, 0, 0, number_text(0) + number_text(kNoError));
  CHECK_FALSE(peer.session.is_over());
  peer.respond(1, 200, "hello");
  CHECK(peer.data_bytes(1) == 5);
  CHECK(peer.session.is_over());
}

TEST_CASE("HTTP/2: the order of bytes counts, not their parts") {
  Http2Peer peer;
  peer.begin();
  const std::string text = frame_text(FrameType::headers, kEndHeaders, 1, fields_text(request_fields("POST", "/"))) +
                           frame_text(FrameType::data, kEndStream, 1, "hello");
  for (const char byte : text) peer.send({&byte, 1});
  CHECK(peer.bodies.at(1) == "hello");
  CHECK(peer.ended[1]);
}
