// Something with a deadline. While it is in its loop's list it is looked at every kSweepIntervalMs; one timer serves all of a
// shard, so an idle connection has none. Leaves the list by itself when it is destroyed. Used on the loop's thread only.
#pragma once
#include <boost/intrusive/list.hpp>
#include <cstdint>

namespace dialogue::net {

inline constexpr std::uint64_t kSweepIntervalMs = 100;

class Expirable : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Expirable() = default;
  /// Acts on deadlines that have passed. False: nothing is waited for any more, leave the list.
  [[nodiscard]] virtual bool sweep(std::uint64_t now_ms) = 0;
  /// The server is going away: finish what has begun, start nothing.
  virtual void drain() = 0;
  /// The loop is ending: close the socket now.
  virtual void abandon() = 0;
};

using ExpirableList = boost::intrusive::list<Expirable, boost::intrusive::constant_time_size<false>>;

}  // namespace dialogue::net
