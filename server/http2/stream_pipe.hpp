// One stream of an HTTP/2 connection, as the HTTP side sees it: a socket whose other end is here. Beyond it a request is served
// as over any socket, on whatever loop, by code that knows nothing of HTTP/2; what the system holds between the two is bounded,
// and is full when the peer takes nothing. Lives on its connection's loop; kept alive by the socket set.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/http2/http2_session.hpp"
#include "server/http2/response_head.hpp"
#include "server/loop/socket_set.hpp"
#include "server/net/connection_count.hpp"
#include "server/net/socket.hpp"

namespace dialogue::http2 {

/// Two connected sockets; absent: the system has none left.
[[nodiscard]] std::optional<std::pair<net::Descriptor, net::Descriptor>> make_pipe();

class StreamPipe final : public loop::SocketListener {
 public:
  class Owner {
   public:
    /// The other end has written, taken something, or closed.
    virtual void pipe_ready(StreamPipe& pipe) = 0;

   protected:
    ~Owner() = default;
  };
  struct Framing {
    bool is_chunked = false;       ///< the request's body, since its length is not known
    bool is_head_request = false;  ///< the response has no body
  };

  StreamPipe(StreamId id, net::Descriptor descriptor, Framing framing, net::ConnectionCountGuard count, Owner& owner)
      : id_(id), descriptor_(std::move(descriptor)), framing_(framing), count_(std::move(count)), owner_(&owner) {}

  [[nodiscard]] StreamId id() const { return id_; }
  [[nodiscard]] int descriptor() const { return descriptor_.get(); }
  /// The owner receives nothing more.
  void release() { owner_ = nullptr; }

  // --- The request's body ---
  void append(std::string_view body) { body_ += body; }
  void append_end() { is_body_complete_ = true; }
  /// Hands over what the other end takes. How many bytes of the body have gone since the last call.
  [[nodiscard]] std::size_t write();

  // --- The response ---
  enum class Fault : std::uint8_t { none, broken };
  /// The next head, once it is complete. Fault::broken: the other end closed without one.
  [[nodiscard]] std::variant<Fault, ResponseHead> read_head(std::uint64_t now_ms);
  /// Whether read_head() has given the last.
  [[nodiscard]] bool has_responded() const { return has_responded_; }
  [[nodiscard]] bool has_body(const ResponseHead& head) const { return head.has_body(framing_.is_head_request); }
  [[nodiscard]] BodyPart read(std::span<char> into, std::uint64_t now_ms);
  /// How long there may have been something that the peer did not let go.
  [[nodiscard]] std::uint64_t stalled_ms(std::uint64_t now_ms) const;
  /// Something has come after BodyPart::State::wait. Whether that is so.
  [[nodiscard]] bool wake(std::uint64_t now_ms);

  void on_ready(bool, bool) override {
    if (owner_ != nullptr) owner_->pipe_ready(*this);
  }

 private:
  void frame_body();

  const StreamId id_;
  net::Descriptor descriptor_;
  const Framing framing_;
  net::ConnectionCountGuard count_;
  Owner* owner_;
  std::string body_;                   ///< that came and is not framed yet; at most a stream's window
  std::string outgoing_;               ///< [sent_, end) goes next
  std::size_t sent_ = 0, framed_ = 0;  ///< of outgoing_; bytes of the body in it
  std::string received_;               ///< a head that is not complete, then what came behind it
  std::optional<std::uint64_t> left_;  ///< of the response's body
  std::uint64_t moved_ms_ = 0;         ///< when the peer last took something, or could have begun to
  bool is_body_complete_ = false, has_end_ = false, has_responded_ = false, waits_ = false;
};

}  // namespace dialogue::http2
