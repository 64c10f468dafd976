// A push stream's codec: takes the frames that the shard sends to the connection, gives the bytes that leave. Until all JOINs are
// answered nothing leaves, so that the HTTP status can say what came of them; from then on each text becomes blocks. Sans-io: the
// connection has the queue. Used by its loop's thread.
//
//   stream.observe(text)       of each text, until phase() is no longer opening
//   stream.translate(text)     of each text, in order, from then on
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/transport/sse/sse_answer.hpp"
#include "server/transport/sse/sse_request.hpp"
#include "server/transport/sse/sse_texts.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {

/// What a granted stream is made from.
struct SseOpening {
  std::string head;  ///< of the answer, if it is a stream
  HttpFields cors;   ///< for the answer, if it is a refusal
  std::int64_t unix_s = 0;
  std::uint64_t retry_ms = 3'000;  ///< the time after which EventSource reconnects by default
  SseRequest request;
  std::uint64_t request_digest = 0;  ///< sse_request_digest()
};

class SseStream {
 public:
  /// opening: not all JOINs are answered. open: a stream. over: its last bytes are what translate() gives, or has given.
  enum class Phase : std::uint8_t { opening, open, over };

  /// `texts` outlives it.
  SseStream(SseOpening opening, SseTexts& texts);

  [[nodiscard]] Phase phase() const { return phase_; }
  /// Has the processor fetch what translate() will look at first, beside this object.
  void prefetch() const { __builtin_prefetch(rooms_.data(), 1); }
  void observe(const std::string& text);
  /// A frame that is to be sent to the shard, once its answer to HELLO was seen; empty: none.
  [[nodiscard]] std::string take_frame() { return opening_ ? std::exchange(opening_->frame, {}) : std::string(); }
  /// Ends the opening, where no answer came.
  void give_up(ErrorCode code);
  /// What leaves for a text; null: nothing. The first call gives the answer's head as well.
  [[nodiscard]] core::SharedBytes translate(const core::SharedBytes& text);

 private:
  struct Room {
    std::uint64_t number = 0;
    std::string id;
    SsePosition position;
    bool is_in_url = true;  ///< else the application joined it, and it has no part in the id
    bool has_left = false;
  };

  /// What only the first bytes are made from; an open stream does not have it any more.
  struct Opening {
    SseOpening asked;
    std::string refusal{};                          ///< the whole response, if the stream is refused
    std::string user_id{}, session_id{}, missed{};  ///< for the first blocks: the identity, and what was missed
    std::string frame{};                            ///< see take_frame()
  };

  // Opening.
  void observe_frame(const Frame& frame);
  void welcomed(const Frame& frame);
  void refused(const Frame& frame);
  void joined(const Frame& frame);
  void end_join();
  void leave_at_opening(Room& room, SsePosition position, ErrorCode code);
  void refuse(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms, std::string_view reason = {});

  // Open.
  void append_frame(std::string& out, const Frame& frame);
  void append_joined(const Frame& frame);
  void append_gap(std::string& out, const Frame& frame);
  void append_left(std::string& out, const Frame& frame);
  [[nodiscard]] bool has_left_all() const;
  void append_bye(std::string& out, const Frame& frame);
  void append_events(std::string& out, const core::SharedBytes& text, Room& room);
  void append_direct(std::string& out, const core::SharedBytes& text);
  void append_id(std::string& out) const;
  [[nodiscard]] std::string opening_text();
  [[nodiscard]] std::string id() const;
  [[nodiscard]] Room* room_of(std::uint64_t number);
  [[nodiscard]] bool has_one_room() const { return rooms_.size() == 1 && rooms_.front().is_in_url; }

  // First what each delivery looks at.
  SseTexts& texts_;
  std::unique_ptr<Opening> opening_;  ///< until the first bytes have left
  std::vector<Room> rooms_;
  Phase phase_ = Phase::opening;
  std::uint8_t joins_due_ = 0;
  bool wants_user_ = false;
  const std::uint64_t request_digest_;
};

}  // namespace dialogue::transport
