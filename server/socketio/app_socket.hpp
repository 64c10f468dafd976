// One client's connection to a namespace of the application's: middleware, handlers, acknowledgements. Lives on its loop's
// thread; kept alive by its SocketioClient. Nothing here runs handlers while the loop's calls are drained: they come in a turn of
// their own then.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/socketio/loop_share.hpp"
#include "server/socketio/once.hpp"
#include "server/socketio/packet.hpp"
#include "server/socketio/socket_record.hpp"
#include "server/transport/socketio/socketio_client.hpp"

namespace dialogue::socketio {

class AppSocket final : public transport::SocketioNamespace, public std::enable_shared_from_this<AppSocket> {
 public:
  using AckDone = std::shared_ptr<Once<AckResult>>;

  AppSocket(transport::SocketioClient& client, std::shared_ptr<NamespaceState> state, std::shared_ptr<LoopShare> part);
  ~AppSocket() override {
    if (record_) record_->place = nullptr;
  }

  // For the client.
  void begin(std::string_view auth) override;
  void on_packet(const transport::SocketioPacket& packet, const std::vector<std::string>& attachments) override;
  void on_left(transport::SocketioEnd how) override;
  [[nodiscard]] std::uint64_t next_ms() const override;
  void on_time(std::uint64_t now_ms) override;

  // For the calls of the application.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::set<std::string>& rooms() const { return record_->rooms; }
  [[nodiscard]] const std::shared_ptr<SocketRecord>& record() const { return record_; }
  /// Nothing before it is connected.
  void send(const Packet& packet);
  void emit_with_ack(std::chrono::milliseconds timeout, std::string_view event, const Arguments& arguments, const AckDone& done);
  void join(const std::string& room);
  void leave(const std::string& room);
  void disconnect(bool closes_transport);
  /// The answer of the middleware `step`.
  void decided(std::size_t step, const Admission& admission);

 private:
  enum class Phase : std::uint8_t { asking, connected, ended };
  struct Pending {
    AckDone done;
    std::uint64_t deadline_ms;
  };

  /// From the first to the last, or to an asynchronous one.
  void ask(std::size_t step);
  [[nodiscard]] Admission ask_now(const Middleware& middleware);
  void refuse(const Admission& admission);
  void connect();
  void handle(const transport::SocketioPacket& packet, const std::vector<std::string>& attachments);
  /// Closes the transport of a socket that has one, and ends.
  void drop_client();
  void end(std::string_view reason);
  void tell_end(bool was_connected, const std::string& reason, const std::map<std::uint64_t, Pending>& acks) const;
  template <typename Function>
  void guarded(std::string_view where, const Function& function) const;

  const std::shared_ptr<NamespaceState> state_;
  const std::shared_ptr<LoopShare> part_;
  std::string id_;
  std::shared_ptr<SocketRecord> record_;
  transport::SocketioClient* client_;  ///< null: it has gone
  Phase phase_ = Phase::asking;
  std::size_t waiting_step_ = 0;
  std::uint64_t asking_until_ms_, flush_mark_ = 0, last_ack_ = 0;
  std::map<std::uint64_t, Pending> acks_;                            ///< by their id; at most kAcksPerSocketMax
  std::set<std::pair<std::uint64_t, std::uint64_t>> ack_deadlines_;  ///< of the same, with their ids
};

}  // namespace dialogue::socketio
