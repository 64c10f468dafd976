// The default namespace of one Socket.IO client: a connection of the core, whose texts wait here until the client's session wants
// more, and are translated then. Lives on its loop's thread; kept alive by the client and by the loop.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/send_queue.hpp"
#include "server/transport/socketio/recovery_pids.hpp"
#include "server/transport/socketio/rooms_texts.hpp"
#include "server/transport/socketio/rooms_translator.hpp"
#include "server/transport/socketio/socketio_client.hpp"
#include "server/transport/transport.hpp"

namespace dialogue::transport {

/// What the rooms' clients of a server have in common; outlives them.
struct RoomsContext {
  RoomsContext(const CatalogueView& catalogue, std::size_t pids_max) : texts(catalogue), pids(pids_max) {}
  RoomsLoopTexts texts;
  RecoveryPids pids;
};

/// Texts of the core that are not translated.
class RoomsQueue : public SendQueue {
 public:
  /// Calls `each(text)` for the texts that it has not been called for.
  template <typename Each>
  void look_ahead(const Each& each) {
    for (; looked_ < entries_.size(); ++looked_) each(*entries_[looked_].bytes);
  }
  [[nodiscard]] core::SharedBytes pop();

 private:
  std::size_t looked_ = 0;  ///< of the opening's entries, none of which has left
};

class RoomsSocket final : public Transport, public SocketioNamespace {
 public:
  RoomsSocket(SocketioClient& client, RoomsContext& context);

  // For the client.
  void begin(std::string_view auth) override;
  void on_packet(const SocketioPacket& packet, const std::vector<std::string>& attachments) override;
  void on_fault(ErrorCode code, std::string_view argument) override;
  void on_writable() override;
  void on_left(SocketioEnd how) override;
  [[nodiscard]] bool on_drain() override { return state_ == State::open; }

  // For the loop.
  void ping() override;
  void close(std::uint16_t code, std::string_view reason) override;
  void ask_drained() override;
  void flush() override;
  [[nodiscard]] bool sweep(std::uint64_t now_ms) override;
  void drain() override {}  ///< the shard decides
  void abandon() override;

 private:
  void translate_waiting();
  void flush_later();
  /// Gives on what came of it: packets now, frames within the call or, where that is the loop's, in a turn of their own.
  void give(bool is_within_loop);
  /// Hands the shard what waits for it.
  void say();
  void report_backlog();
  void report_drained();
  void finish();
  void end();

  loop::ShardLoop& loop_;
  SocketioClient* client_;  ///< null: it has gone
  RoomsQueue queue_;
  RoomsTranslator translator_;
  std::vector<std::string> frames_;  ///< for the shard, in order; each is a request, so at most SocketioLimits::requests_max
  std::uint64_t opening_deadline_ms_ = 0;
  bool drained_asked_ = false, backlog_reported_ = false;
};

}  // namespace dialogue::transport
