// The frame codec: frame types, and how a frame is taken apart and put together. docs/protocol.md is the specification.
// A frame is one JSON array `[type, ...integers, ...strings, payload?]`; its leading integers are read here without a JSON
// parser, the rest is passed on as unparsed bytes. Pure; safe from any thread.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/errors.hpp"
#include "shared/base/limits.hpp"

namespace dialogue {

inline constexpr std::uint64_t kProtocolVersion = 1;
/// A bit of HELLO's and WELCOME's features: messages may be binary.
inline constexpr std::uint64_t kBinaryFeature = 1;
inline constexpr std::string_view kSubprotocol = "dialogue.v1";
/// The subprotocol of a client whose first message follows it in its list of subprotocols, percent-encoded.
inline constexpr std::string_view kSubprotocolWithMessage = "dialogue.v1.with";
inline constexpr std::size_t kFirstMessageCharsMax = 2000;  ///< percent-encoded; many servers take 8 KiB of fields in all

enum class FrameType : std::uint8_t {
  hello = 1,
  join = 2,
  leave = 3,
  publish = 4,
  subscribe = 5,
  unsubscribe = 6,
  history = 7,
  list = 8,
  credit = 9,
  refresh = 10,
  pong = 11,
  can = 12,
  call = 13,
  cancel = 14,
  write = 15,
  grant = 16,
  finish = 17,
  watch = 18,
  unwatch = 19,
  state = 20,
  welcome = 33,
  joined = 34,
  left = 35,
  event = 36,
  skip = 37,
  ack = 38,
  nack = 39,
  renew = 40,
  gap = 41,
  reply = 42,
  presence = 43,
  ping = 44,
  bye = 45,
  token = 47,
  result = 48,
  item = 49,
  allow = 50,
  watched = 51,
  states = 52,
};

/// The position from which a JOIN reads. `member`: the session is in the room already, and presents another token.
enum class JoinFrom : std::uint8_t { tail = 0, last = 1, since = 2, member = 3 };
/// Replaces a JoinFrom: JOIN releases the place of the session that its connection resumes.
inline constexpr std::uint64_t kReleasePlace = 4;

/// How a frame type is built: how many integers follow the type, how many strings follow them, and whether a JSON value ends it.
/// "ext" (0 or an object) counts as part of the tail. One table for the reader, the documents and the tests.
struct FrameShape {
  FrameType type;
  std::string_view name;
  std::uint8_t integers, strings;
  bool ext, payload;
  bool optional_payload = false;  ///< a JSON object ends it, or nothing
};

inline constexpr std::array kFrameShapes = {
    FrameShape{FrameType::hello, "HELLO", 3, 0, false, true},
    FrameShape{FrameType::join, "JOIN", 4, 1, false, true},
    FrameShape{FrameType::leave, "LEAVE", 2, 0, false, false},
    FrameShape{FrameType::publish, "PUBLISH", 3, 0, true, true},
    FrameShape{FrameType::subscribe, "SUBSCRIBE", 3, 0, false, false},
    FrameShape{FrameType::unsubscribe, "UNSUBSCRIBE", 3, 0, false, false},
    FrameShape{FrameType::history, "HISTORY", 5, 0, false, false},
    FrameShape{FrameType::list, "LIST", 1, 0, false, true, true},
    FrameShape{FrameType::credit, "CREDIT", 2, 0, false, false},
    FrameShape{FrameType::refresh, "REFRESH", 1, 0, false, true},
    FrameShape{FrameType::pong, "PONG", 0, 0, false, false},
    FrameShape{FrameType::can, "CAN", 1, 0, false, true},
    FrameShape{FrameType::call, "CALL", 4, 0, true, true},
    FrameShape{FrameType::cancel, "CANCEL", 1, 0, false, false},
    FrameShape{FrameType::write, "WRITE", 2, 0, false, true},
    FrameShape{FrameType::grant, "GRANT", 2, 0, false, false},
    FrameShape{FrameType::finish, "FINISH", 1, 0, false, false},
    FrameShape{FrameType::watch, "WATCH", 1, 1, false, true},
    FrameShape{FrameType::unwatch, "UNWATCH", 1, 0, false, false},
    FrameShape{FrameType::state, "STATE", 1, 1, false, true},
    FrameShape{FrameType::welcome, "WELCOME", 6, 0, false, true},
    FrameShape{FrameType::joined, "JOINED", 6, 0, false, true},
    FrameShape{FrameType::left, "LEFT", 3, 0, false, false},
    FrameShape{FrameType::event, "EVENT", 4, 1, true, true},
    FrameShape{FrameType::skip, "SKIP", 3, 0, false, false},
    FrameShape{FrameType::ack, "ACK", 6, 0, false, false},
    FrameShape{FrameType::nack, "NACK", 4, 0, false, true},
    FrameShape{FrameType::renew, "RENEW", 1, 0, false, false},
    FrameShape{FrameType::gap, "GAP", 4, 0, false, false},
    FrameShape{FrameType::reply, "REPLY", 2, 0, false, true},
    FrameShape{FrameType::presence, "PRESENCE", 2, 0, false, true},
    FrameShape{FrameType::ping, "PING", 1, 0, false, false},
    FrameShape{FrameType::bye, "BYE", 2, 0, false, true},
    FrameShape{FrameType::token, "TOKEN", 2, 0, false, false},
    FrameShape{FrameType::result, "RESULT", 2, 0, false, true},
    FrameShape{FrameType::item, "ITEM", 2, 0, false, true},
    FrameShape{FrameType::allow, "ALLOW", 2, 0, false, false},
    FrameShape{FrameType::watched, "WATCHED", 4, 0, false, true},
    FrameShape{FrameType::states, "STATES", 2, 0, false, true},
};

/// The number of leading integers of a client's frame that identify its request, so that it is answered even if the rest of it
/// is unreadable: a request's number, or room, event and number of a publication. 0: this frame has no answer.
[[nodiscard]] constexpr std::size_t naming_integers(FrameType type) {
  switch (type) {
    case FrameType::publish:
      return 3;
    case FrameType::join:
    case FrameType::leave:
    case FrameType::subscribe:
    case FrameType::unsubscribe:
    case FrameType::history:
    case FrameType::list:
    case FrameType::refresh:
    case FrameType::can:
    case FrameType::call:
    case FrameType::write:
    case FrameType::watch:
    case FrameType::state:
      return 1;
    default:
      return 0;
  }
}

/// A frame taken apart. The views point into the text that was read.
struct Frame {
  FrameType type{};
  std::array<std::uint64_t, kFrameIntegersMax> integers{};  ///< after the type; as many as the shape says, each at most 2^53-1
  std::string string;                                       ///< the one string of JOIN, WATCH, STATE and EVENT, unescaped
  std::string_view ext;                                     ///< "0" or a JSON object; empty for types without ext
  std::string_view payload;  ///< the last element's bytes, white space trimmed; not yet checked as JSON
};

/// Parses one frame. Fails with request_invalid if only the integers that identify it were readable (then the frame has just
/// those), with frame_unknown and the unknown type in integers[0], or with frame_malformed.
/// The payload of PUBLISH and EVENT is *not* checked (the validator does that, once); every other tail is checked to be one JSON
/// value. Work is linear in the text.
[[nodiscard]] ErrorCode read_frame(std::string_view text, Frame& frame);

/// Whether an EVENT's `ext` marks the payload's key as deleted. Without a parser, because it is called for each delivery: it is
/// the first member.
inline bool is_deletion(std::string_view ext) { return ext.starts_with("{\"deleted\":1"); }

/// Splits a transport message at LF into frames: calls of next() give one frame's text each. An empty frame is frame_malformed
/// (at read_frame). next() is false and overflow() true (batch_too_large) after kBatchFramesMax frames, and from the start when
/// more than one frame stands in more than kBatchBytesMax bytes.
class FrameSplitter {
 public:
  explicit FrameSplitter(std::string_view message) : rest_(message), large_(message.size() > kBatchBytesMax) {}
  [[nodiscard]] bool next(std::string_view& frame);
  [[nodiscard]] bool overflow() const { return overflow_; }

 private:
  std::string_view rest_;
  std::size_t count_ = 0;
  bool large_, done_ = false, overflow_ = false;
};

/// Appends one frame to a string: FrameWriter(out, FrameType::ack).integer(room).integer(seq)...finish(). Up to finish(), the
/// string may lack integers that were written: it gets them together.
class FrameWriter {
 public:
  FrameWriter(std::string& out, FrameType type);
  FrameWriter& integer(std::uint64_t value);
  FrameWriter& string(std::string_view utf8);  ///< escaped as JSON
  FrameWriter& raw(std::string_view json);     ///< spliced as it is
  void finish();

 private:
  void digits(std::uint64_t value);
  void append_run();

  std::string& out_;
  std::array<char, 64> run_;  ///< integers and what stands between them
  std::size_t run_size_ = 0;
};

}  // namespace dialogue
