// One member of a room, with any protocol, and its reports to the run. Used by the loop's thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/load/protocol/stamp.hpp"
#include "server/load/wire/stream_client.hpp"

namespace dialogue::load {

class Member;

enum class Loss : std::uint8_t {
  broken,  ///< an open connection was lost; the member reconnects by itself
  failed,  ///< an attempt to connect failed; the member tries again by itself
  final,   ///< the member does not reconnect
};

/// The reports of members to the run. Calls come within the loop's turn.
class Audience {
 public:
  virtual void joined(Member& member) = 0;
  virtual void delivered(Member& member, const Stamp& stamp) = 0;
  virtual void acknowledged(Member& member) = 0;
  /// The server refused a publication permanently, or its outcome is unknown.
  virtual void refused(Member& member, const std::string& why) = 0;
  virtual void lost(Member& member, const std::string& why, Loss loss) = 0;
  /// The member has something to flush at the end of the turn.
  virtual void wants_flush(Member& member) = 0;

 protected:
  ~Audience() = default;
};

/// What the run passes to a new member.
struct Seat {
  StreamClientContext& context;
  Audience& audience;
  std::uint32_t index;  ///< from 0, over all rooms
  std::string room;
};

class Member : public StreamClient::Listener {
 public:
  /// `its_wire` is the derived class's own.
  Member(Seat seat, StreamClient& its_wire)
      : wire(its_wire), index(seat.index), room(std::move(seat.room)), context_(seat.context), audience_(seat.audience) {}
  virtual ~Member() = default;

  virtual void start() = 0;
  /// Publishes `body`, which carries the stamp.
  virtual void publish(const Stamp& stamp, std::string body) = 0;
  /// Whether another publication may be queued: a member that cannot keep up must not queue without bound.
  [[nodiscard]] virtual bool can_publish() const = 0;
  virtual void flush() = 0;
  /// Called periodically.
  virtual void tick() {}
  virtual void close() = 0;

  StreamClient& wire;
  const std::uint32_t index;
  const std::string room;
  std::uint64_t started_us = 0;
  bool is_joined = false;
  bool is_dirty = false;  ///< the run has it in its list of those to flush

 protected:
  StreamClientContext& context_;
  Audience& audience_;
};

}  // namespace dialogue::load
