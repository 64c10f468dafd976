// Translations of delivered texts: what the members of a room share as frames, its Socket.IO clients share as events. Remembers
// the texts of the moment, so that a delivery costs a look-up. One for each loop, used by its thread.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::loop {
class ShardLoop;
}

namespace dialogue::transport {

/// A packet of an event up to its offset: `42["dialogue:event",{...},"`.
struct RoomsBlock {
  std::uint64_t seq = 0;  ///< 0: it is not in the log, and moves no position
  std::string text;
};

inline constexpr std::string_view kRoomsBlockEnd = "\"]";  ///< behind the offset

/// An event as Socket.IO clients see it: a JSON object. `room_id` empty: it is of no room.
[[nodiscard]] std::string rooms_envelope(std::string_view event, std::string_view room_id, std::string_view payload,
                                         std::string_view from, std::uint64_t timestamp_ms, std::uint64_t seq,
                                         std::uint64_t epoch, bool is_deletion = false);

class RoomsTexts {
 public:
  /// `catalogue` outlives it.
  explicit RoomsTexts(const CatalogueView& catalogue) : catalogue_(catalogue) {}

  [[nodiscard]] const CatalogueView& catalogue() const { return catalogue_; }
  /// The events in a text of EVENT frames of one room.
  [[nodiscard]] const std::vector<RoomsBlock>& blocks_of(const core::SharedBytes& text, std::string_view room_id,
                                                         std::uint64_t epoch);
  /// Whole packets, with the offset of a client that is in this room alone, is subscribed as it comes, and is at `seq` before.
  [[nodiscard]] const std::vector<core::SharedBytes>& packets_of(const core::SharedBytes& text, std::string_view room_id,
                                                                 std::uint64_t epoch, std::uint64_t seq);

 private:
  static constexpr std::size_t kKnownMax = 8;
  struct Known {
    std::weak_ptr<const std::string> text;
    std::vector<RoomsBlock> blocks;
    std::vector<core::SharedBytes> packets;  ///< empty until they are asked for
    std::uint64_t packets_seq = 0;           ///< before them
  };

  [[nodiscard]] Known& known(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch);

  const CatalogueView& catalogue_;
  std::array<Known, kKnownMax> known_;
  std::size_t next_ = 0;
};

/// Each loop's translations. of() is for any loop's thread; what it gives is that loop's own.
class RoomsLoopTexts {
 public:
  explicit RoomsLoopTexts(const CatalogueView& catalogue) : catalogue_(catalogue) {}

  /// As long as this lives.
  [[nodiscard]] RoomsTexts& of(const loop::ShardLoop& loop) {
    const std::lock_guard lock(mutex_);
    auto& texts = texts_[&loop];
    if (!texts) texts = std::make_unique<RoomsTexts>(catalogue_);
    return *texts;
  }

 private:
  const CatalogueView& catalogue_;
  std::mutex mutex_;
  std::map<const loop::ShardLoop*, std::unique_ptr<RoomsTexts>> texts_;  ///< as many as the server has loops
};

}  // namespace dialogue::transport
