// The server's side of one HTTP/2 connection (RFC 9113), sans-io around libnghttp2: bytes in, bytes out, and requests as calls
// of Http2Events. A response's body is requested when flow control permits it, so that data that the peer does not accept waits
// at its source. Not thread-safe; its functions must not be called from within Http2Events.
//
//   Http2Session session(100, events, now_ms);
//   session.receive(bytes, now_ms);      // may call request(), body(), body_end(), closed()
//   session.send(out);                   // may call read(), closed()
//   if (session.is_over()) close();
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/http2/frame_budget.hpp"
#include "server/http2/http2_limits.hpp"
#include "server/http2/request_head.hpp"
#include "server/http2/response_head.hpp"

struct nghttp2_session;

namespace dialogue::http2 {

using StreamId = std::int32_t;

/// A part of a response's body. `wait`: there is none now, until Http2Session::resume(). `broken`: it cannot be completed.
struct BodyPart {
  enum class State : std::uint8_t { more, last, wait, broken };
  State state = State::wait;
  std::size_t size = 0;
};

class Http2Events {
 public:
  /// Called with the complete head of a request. Returns false if it cannot be served now: it was not begun, so that the peer may
  /// repeat it.
  [[nodiscard]] virtual bool request(StreamId stream, const RequestHead& head, bool has_body) = 0;
  /// Called with bytes of a request's body; Http2Session::consumed() opens the window for as many more.
  virtual void body(StreamId stream, std::string_view bytes) = 0;
  virtual void body_end(StreamId stream) = 0;
  /// Writes the next bytes of the response's body to `into`.
  [[nodiscard]] virtual BodyPart read(StreamId stream, std::span<char> into) = 0;
  /// Called once for each request() that returned true, when its stream has ended in any way.
  virtual void closed(StreamId stream) = 0;

 protected:
  ~Http2Events() = default;
};

class Http2Session {
 public:
  /// `events` outlives it. Throws std::bad_alloc.
  Http2Session(std::uint32_t streams_max, Http2Events& events, std::uint64_t now_ms);

  /// Takes bytes that the peer has sent.
  void receive(std::string_view bytes, std::uint64_t now_ms);
  /// Appends what is to be sent now, until `out` has kOutputBytesMax or nothing is left.
  void send(std::string& out);

  /// Begins the response to a request with its head; read() is called for the body, if it has one.
  void respond(StreamId stream, const ResponseHead& head, bool has_body);
  /// Continues a response after BodyPart::State::wait: more of its body is available.
  void resume(StreamId stream);
  /// Opens the window for as many more bytes of a request's body as its reader has taken.
  void consumed(StreamId stream, std::size_t bytes);
  /// Resets a stream. `reason`: an error code of RFC 9113, section 7.
  void reset(StreamId stream, std::uint32_t reason);
  /// Ends a stream that the peer does not read. It is not among those that the peer may cancel.
  void give_up(StreamId stream);
  /// Whether the peer has given no window for more of it, on the stream or on the connection.
  [[nodiscard]] bool has_no_window(StreamId stream) const;
  void ping();

  /// Asks the peer to open no more streams. Those that it opens meanwhile are served until end_acceptance().
  void announce_end();
  void end_acceptance();
  /// Ends the connection and all streams. `reason`: an error code of RFC 9113, section 7.
  void terminate(std::uint32_t reason);

  /// Whether nothing more will be sent or received, once send() appends nothing.
  [[nodiscard]] bool is_over() const;
  /// Returns when the peer began what it has not completed: the preface and SETTINGS, or a header block. 0: all is complete.
  [[nodiscard]] std::uint64_t incomplete_since_ms() const { return incomplete_since_ms_; }

 private:
  struct Callbacks;  ///< what libnghttp2 calls
  struct SessionDeleter {
    void operator()(nghttp2_session* session) const;
  };
  /// A stream from its first HEADERS to its end.
  struct Stream {
    RequestHead head;
    std::size_t unconsumed = 0;  ///< of its body, which count against the connection's window
    bool is_malformed = false;
    bool is_served = false;  ///< request() was true for it
    bool is_given_up = false;
  };

  [[nodiscard]] Stream* find(StreamId stream);
  /// Called with a frame's head.
  void begin_frame(std::uint8_t type, std::size_t bytes);
  void end_block() { incomplete_since_ms_ = block_bytes_ = list_bytes_ = 0; }
  void add_field(StreamId stream, std::string_view name, std::string_view value);
  void head_complete(StreamId stream, bool has_body);
  void stream_closed(StreamId stream, std::uint32_t reason);
  void spend_frame();

  Http2Events& events_;
  std::unordered_map<StreamId, Stream> streams_;  ///< as many as are open, which SETTINGS_MAX_CONCURRENT_STREAMS bounds
  FrameBudget frames_{kIdleFramesMax, kIdleFramesPerSecond};
  FrameBudget cancelled_{kCancelledStreamsMax, kCancelledStreamsPerSecond};
  std::uint64_t now_ms_ = 0, incomplete_since_ms_ = 0;
  std::size_t block_bytes_ = 0, list_bytes_ = 0;  ///< of the header block under way, on the wire and decoded
  bool is_failed_ = false;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;  ///< last: it calls the others as it goes
};

}  // namespace dialogue::http2
