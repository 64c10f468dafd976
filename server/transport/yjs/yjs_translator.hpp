// Between a Yjs page (y-websocket) and the frames of one connection of the core: the page's updates become publications of the
// document's event, events become updates, and states of presence awareness. What the page lacks, and what it has beyond the
// document, is found by state vectors, so nothing depends on what the connection before this one has sent. Sans-io: results are
// collected in an output. Used by its loop's thread.
//
//   first_message(opening)          to the shard; then on_text(text) of each of its texts, on_message(bytes) of each of the
//   page's, translator.on_document(result)  for each question of an output
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/messages/application_calls.hpp"
#include "server/transport/yjs/yjs_awareness.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {

inline constexpr std::size_t kYjsInFlightMax = 16;                   ///< publications that are not answered
inline constexpr std::size_t kYjsWaitingBytesMax = 8 * 1024 * 1024;  ///< of updates behind them
/// How often a page gets the cursors again: it forgets those that were not repeated for 30 s.
inline constexpr std::uint64_t kYjsRenewMs = 10'000;

/// What the page asked for by its URL.
struct YjsOpening {
  std::string room, event, user_id;  ///< `user_id`: of a development identity; empty: none
  std::uint64_t event_number = 0;    ///< in frames
  std::uint64_t fingerprint = 0;     ///< of the catalogue, which need not be sent
};

/// HELLO and JOIN.
[[nodiscard]] std::string first_message(const YjsOpening& opening);

struct YjsOutput {
  std::vector<std::string> frames;    ///< for the shard: messages of it
  std::vector<std::string> messages;  ///< for the page
  bool asks = false;                  ///< the document is to be asked for: see question()
};

class YjsTranslator {
 public:
  /// retry: the page should reconnect. refused: it may not do what it did, and was notified.
  enum class Ending : std::uint8_t { none, retry, refused, malformed };

  explicit YjsTranslator(YjsOpening opening) : opening_(std::move(opening)) {}

  void on_text(const std::string& text, std::uint64_t unix_ms);
  void on_message(std::string_view message);
  void on_document(const core::DocumentQuery::Result& result);
  /// A sign of life, with the cursors of the others: y-websocket reconnects after 30 s without a message.
  [[nodiscard]] std::string heartbeat(std::uint64_t unix_ms);

  [[nodiscard]] YjsOutput take_output() { return std::exchange(output_, {}); }
  /// The question that an output asks. One at a time.
  [[nodiscard]] core::DocumentQuery question() const;
  [[nodiscard]] Ending ending() const { return ending_; }

 private:
  /// opening: the first, whose answer has the document's state vector. difference: for the page's. missed: what was in events
  /// that did not come. hole: the page's updates need others.
  struct Question {
    enum class What : std::uint8_t { opening, difference, missed, hole } what;
    std::optional<std::string> since = std::nullopt;  ///< absent: the document's state vector is enough
  };

  void on_frame(const Frame& frame, std::uint64_t unix_ms);
  void joined(const Frame& frame);
  void refused(ErrorCode code, std::string_view message);
  void acknowledged(const Frame& frame);
  void not_acknowledged(const Frame& frame);
  void event(const Frame& frame);
  void publish(std::string_view update);
  void release();
  void take_awareness(std::string_view bytes);
  void set_state(std::string_view state);
  void send_awareness(const std::vector<AwarenessState>& states);
  void ask(Question question);
  void end(Ending ending);

  const YjsOpening opening_;
  YjsAwareness awareness_;
  std::uint64_t renewed_ms_ = 0;  ///< Unix time
  YjsOutput output_;
  std::optional<std::string> early_state_, early_vector_;  ///< the newest that arrived before JOINED
  std::uint64_t room_ = 0, last_req_ = 2;
  std::deque<Question> questions_;  ///< the first is asked; at most one of each kind waits behind it
  std::string known_;               ///< a state vector of the document that the page was sent
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0, in_flight_ = 0;
  std::set<std::uint64_t> own_;  ///< positions of the page's own updates, whose events have not come
  bool is_read_only_ = false;
  Ending ending_ = Ending::none;
};

}  // namespace dialogue::transport
