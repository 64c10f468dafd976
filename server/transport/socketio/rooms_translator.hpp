// Between a Socket.IO client's events and the frames of one connection of the core. Events of the client become frames; frames of
// the shard become events and acknowledgements. Until CONNECT can be answered (WELCOME, and the JOINs of a recovery) texts are
// only looked at. Sans-io: results are collected in an output. Used by its loop's thread.
//
//   translator.begin(auth)        then observe(text) of each text, until phase() is no longer opening
//   translator.translate(text)    of each text, in order, from then on;  translator.on_event(packet) of each event
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/core/messages/error.hpp"
#include "server/transport/socketio/recovery_offset.hpp"
#include "server/transport/socketio/recovery_pids.hpp"
#include "server/transport/socketio/rooms_request.hpp"
#include "server/transport/socketio/rooms_texts.hpp"
#include "server/transport/socketio/socketio_limits.hpp"
#include "server/transport/socketio/socketio_packet.hpp"
#include "shared/base/limits.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {

/// The code of a frame's number.
[[nodiscard]] inline ErrorCode code_of(std::uint64_t number) { return error_row(static_cast<ErrorCode>(number)).code; }

/// What came of a call, in order.
struct RoomsOutput {
  std::vector<std::string> frames;         ///< for the shard
  std::vector<core::SharedBytes> packets;  ///< for the client
};

class RoomsTranslator {
 public:
  /// opening: CONNECT is not answered. over: the connection has ended for the client; see ending().
  enum class Phase : std::uint8_t { opening, open, over };
  /// refused: by CONNECT_ERROR, which refusal() has. disconnected: by DISCONNECT. lost: it should reconnect, and does so only
  /// if its session ends silently.
  enum class Ending : std::uint8_t { refused, disconnected, lost };

  /// All of them outlive it.
  RoomsTranslator(RoomsTexts& texts, const SocketioLimits& limits, RecoveryPids& pids);

  [[nodiscard]] Phase phase() const { return phase_; }
  /// The client has named a session that it had.
  [[nodiscard]] bool comes_back() const { return !pid_.empty(); }
  [[nodiscard]] Ending ending() const { return ending_; }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }
  [[nodiscard]] RoomsOutput take_output() { return std::exchange(output_, {}); }

  void begin(std::string_view auth);
  void observe(const std::string& text);
  void translate(const core::SharedBytes& text);
  /// An EVENT of the client. Attachments stand in a publication's data only.
  void on_event(const SocketioPacket& packet, std::span<const std::string> attachments);
  /// The client broke the rules: it receives the reason, and nothing more, because its session is about to close.
  void on_fault(ErrorCode code, std::string_view argument);
  /// The client ended the connection in order: it will not be recovered.
  void forget();

 private:
  struct Room {
    std::string id, name{};
    std::uint64_t epoch = 0, seq = 0;                  ///< the client's position in the log
    bool is_exact = true;                              ///< its subscriptions are known
    std::optional<std::vector<std::string>> events{};  ///< its subscriptions; absent: the room's defaults
    bool is_repeated = false;                          ///< events up to `seq` come again
    std::uint32_t in_flight = 0;                       ///< publications that are not answered
    struct Waiting {
      std::uint64_t number;
      std::string frame;
    };
    std::deque<Waiting> waiting{};  ///< publications behind those
  };
  enum class Asked : std::uint8_t { join, leave, subscription, publish, list, history, quiet };
  struct Request {
    Asked what = Asked::quiet;
    RoomsAction action{};
    std::optional<std::uint64_t> ack{};
    std::string room_id{}, event{};
    std::uint64_t room = 0;
    bool deletes = false;
  };
  using Rooms = std::map<std::uint64_t, Room>;  ///< by number

  // Opening.
  void observe_frame(const Frame& frame);
  void welcomed(const Frame& frame);
  void join_answered(std::uint64_t req, const Frame* joined);
  void decide();
  void refuse(ErrorCode code, std::string_view message, std::string_view reason = {});
  /// Turns the client away for a time.
  void postpone(ErrorCode code, std::string_view message, std::uint64_t retry_after_ms);

  // Requests.
  void join(Request request);
  void subscribe(Request request, Rooms::iterator room);
  void publish(Request request, Rooms::iterator room, const RoomsRequest& asked, std::span<const std::string> attachments);
  void history(Request request, const RoomsRequest& asked, std::uint64_t room);
  void release_waiting(Room& room);
  [[nodiscard]] std::uint64_t keep(Request request);
  [[nodiscard]] std::optional<Request> take(std::uint64_t number);
  /// Whether a request to join the room is not answered yet; and one of them.
  [[nodiscard]] bool is_joining(std::string_view id) const;
  [[nodiscard]] std::optional<Request> take_join(std::string_view id);
  [[nodiscard]] Rooms::iterator room_named(std::string_view id);

  // Answers.
  void translate_frame(const Frame& frame);
  void append_events(const core::SharedBytes& text, std::uint64_t number);
  void joined(const Frame& frame);
  void left(const Frame& frame);
  void replied(const Frame& frame);
  void acknowledged(const Frame& frame);
  void refused(const Frame& frame);
  void subscribed(const Request& request);
  void listed(const Request& request, std::string_view result);
  void read_history(const Request& request, std::string_view result);
  void ended(const Frame& frame);

  void emit(std::string_view event, std::string_view json);
  /// The event, and the acknowledgement where one was asked for.
  void answer(const Request& request, std::string_view event, std::string_view json);
  void acknowledge(const Request& request, std::string json);
  void fail(const Request& request, std::string_view code, std::string_view message, std::string_view path = {},
            std::uint64_t retry_after_ms = 0, std::string_view reason = {});
  void fail(const Request& request, const core::Error& error);
  [[nodiscard]] std::string offset() const;

  RoomsTexts& texts_;
  const SocketioLimits& limits_;
  RecoveryPids& pids_;
  RoomsOutput output_;
  std::string session_id_, user_id_, secret_, pid_;
  std::vector<RecoveredRoom> recovering_;      ///< the JOIN of recovering_[i] has the req i + 1
  std::vector<std::uint64_t> by_application_;  ///< numbers of the rooms that it has joined, until the opening is over
  std::size_t joins_due_ = 0;
  bool is_recovery_ = false, is_welcome_ = false;
  Rooms rooms_;
  std::map<std::uint64_t, Request> requests_;  ///< by number; at most requests_max
  std::uint64_t last_number_ = kRecoveredRoomsMax;
  std::size_t waiting_bytes_ = 0, payload_bytes_max_ = kMessageBytesMax - kEventEnvelopeBytesMax;
  std::string refusal_;
  Phase phase_ = Phase::opening;
  Ending ending_ = Ending::lost;
};

}  // namespace dialogue::transport
