// The client's side of HTTP/2, frame by frame, so that a test can send what no library would; and a server session whose requests
// and bodies are written down.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http2/http2_session.hpp"

namespace dialogue::test {

using namespace http2;

// RFC 9113 section 6.
enum class FrameType : std::uint8_t {
  data,
  headers,
  priority,
  rst_stream,
  settings,
  push_promise,
  ping,
  goaway,
  window_update,
  continuation
};
inline constexpr std::uint8_t kEndStream = 0x1, kAck = 0x1, kEndHeaders = 0x4;
// RFC 9113 section 7.
inline constexpr std::uint32_t kNoError = 0, kProtocolError = 1, kFlowControlError = 3, kFrameSizeError = 6, kRefusedStream = 7,
                               kCancel = 8, kEnhanceYourCalm = 11;

struct SeenFrame {
  FrameType type{};
  std::uint8_t flags = 0;
  StreamId stream = 0;
  std::string payload;
  /// The number at a place of the payload, big-endian.
  [[nodiscard]] std::uint32_t number(std::size_t at) const;
};

[[nodiscard]] std::string frame_text(FrameType type, std::uint8_t flags, StreamId stream, std::string_view payload = {});
[[nodiscard]] std::string number_text(std::uint32_t number);
/// A setting of SETTINGS.
[[nodiscard]] std::string setting_text(std::uint16_t id, std::uint32_t value);
/// One field as a literal without indexing, HPACK's simplest form (RFC 7541 section 6.2.2); both of fewer than 16,384 bytes.
[[nodiscard]] std::string field_text(std::string_view name, std::string_view value);
using Fields = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] std::string fields_text(const Fields& fields);
/// The pseudo-header fields of a request, and more.
[[nodiscard]] Fields request_fields(std::string_view method, std::string_view path, const Fields& more = {});

class Http2Peer : public Http2Events {
 public:
  explicit Http2Peer(std::uint32_t streams_max = 100);

  /// The preface and empty SETTINGS, acknowledged; what the server said is forgotten.
  void begin(std::string_view settings = {});
  /// Sends bytes, and adds what the server says to `seen`.
  void send(std::string_view bytes);
  void send(FrameType type, std::uint8_t flags, StreamId stream, std::string_view payload = {}) {
    send(frame_text(type, flags, stream, payload));
  }
  void request(StreamId stream, const Fields& fields, bool ends = true);
  /// A GET of "/".
  void get(StreamId stream) { request(stream, request_fields("GET", "/")); }
  /// The response of the server's side: a status and a body that is there already.
  void respond(StreamId stream, unsigned status, std::string body);
  /// Reads what the server has to say now.
  void take();

  [[nodiscard]] std::size_t count(FrameType type) const;
  [[nodiscard]] std::size_t count(FrameType type, StreamId stream) const;
  /// The code of RST_STREAM of a stream, or of GOAWAY for stream 0; fails the test where there is none.
  [[nodiscard]] std::uint32_t code(StreamId stream) const;
  [[nodiscard]] std::size_t data_bytes(StreamId stream) const;

  std::vector<SeenFrame> seen;
  std::map<StreamId, std::string> heads, bodies;  ///< requests, as the HTTP side would see them
  std::map<StreamId, bool> ended;                 ///< bodies that are complete
  std::map<StreamId, std::string> to_send;        ///< of responses
  std::vector<StreamId> over;
  bool accepts = true;
  std::uint64_t now_ms = 1'000;
  Http2Session session;

 private:
  bool request(StreamId stream, const RequestHead& head, bool has_body) override;
  void body(StreamId stream, std::string_view bytes) override { bodies[stream] += bytes; }
  void body_end(StreamId stream) override { ended[stream] = true; }
  BodyPart read(StreamId stream, std::span<char> into) override;
  void closed(StreamId stream) override { over.push_back(stream); }

  std::string output_;
};

}  // namespace dialogue::test
