// The link of a push stream: the shard's frames pass through the real codec (server/transport/sse) and travel as bytes in pieces,
// so that a cut may fall within a block. Used by one run.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "server/transport/sse/sse_stream.hpp"
#include "tests/simulation/world/socket_link.hpp"

namespace dialogue::simulation {

class StreamLink final : public SocketLink {
 public:
  /// `query` and `last_event_id` are those of the request.
  StreamLink(Clockwork& clockwork, Weather& weather, std::uint64_t seed, std::uint32_t version, std::string_view query,
             std::optional<std::string_view> last_event_id);

  void begin() override;
  void server_sends(SharedBytes text) override;
  void server_closes(std::uint16_t code) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return SocketLink::unsent_bytes() + waiting_bytes_; }

 private:
  void refill() override;
  [[nodiscard]] bool is_drained() const override { return waiting_.empty() && SocketLink::is_drained(); }
  void ask_flush();
  void flush();
  void send_pieces(const std::string& bytes);
  [[nodiscard]] std::shared_ptr<StreamLink> self() { return std::static_pointer_cast<StreamLink>(shared_from_this()); }

  std::uint32_t version_;
  transport::SseRequest request_;
  transport::SseTexts texts_;
  transport::SseStream codec_;
  std::deque<SharedBytes> waiting_;  ///< texts that are not translated
  std::size_t waiting_bytes_ = 0;
  std::size_t seen_ = 0;  ///< of waiting_, by the codec, during the opening
  std::optional<std::uint16_t> close_code_;
  bool is_flush_asked_ = false, is_refilling_ = false, has_closed_ = false;
};

}  // namespace dialogue::simulation
