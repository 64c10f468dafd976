// Translations of delivered texts: what the members of a room share as frames, their streams share as blocks. Remembers the texts
// of the moment, so that a delivery costs a look-up. One for each loop, used by its thread.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/messages/actions.hpp"
#include "server/transport/sse/sse_position.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/protocol/frames.hpp"

namespace dialogue::transport {

/// An event as a block of a stream without its `id:` line: "event: NAME\ndata: ENVELOPE\n\n".
struct SseBlock {
  std::uint64_t seq = 0;  ///< 0: the event is not in the log, and moves no position
  std::string text;
};

/// All blocks of a text with the `id:` of each event, for streams that have its room alone.
struct SseWhole {
  core::SharedBytes bytes;
  std::uint64_t last_seq = 0;  ///< of its logged events; 0: it has none
};

/// "id: ID\n".
void append_id_line(std::string& out, std::string_view id);
/// A whole block of ours: `name` is an event's, `data` one line of JSON.
[[nodiscard]] std::string sse_block(std::string_view name, std::string_view data);

class SseTexts {
 public:
  /// `catalogue` outlives it.
  explicit SseTexts(const CatalogueView& catalogue) : catalogue_(catalogue) {}

  [[nodiscard]] const CatalogueView& catalogue() const { return catalogue_; }
  /// Returns the blocks of a text whose events are all of one room. Valid until the next call.
  [[nodiscard]] const std::vector<SseBlock>& blocks_of(const core::SharedBytes& text, std::string_view room_id,
                                                       std::uint64_t epoch);
  /// Returns all blocks of a text whose events are all of one room, joined. Valid until the next call.
  [[nodiscard]] const SseWhole& whole_of(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch);

 private:
  struct Known {
    std::weak_ptr<const std::string> text;  ///< whose translation this is; another text may get the same address later
    std::vector<SseBlock> blocks;
    SseWhole whole;  ///< null: not asked for
  };
  static constexpr std::size_t kKnownMax = 16;

  [[nodiscard]] Known& known(const core::SharedBytes& text, std::string_view room_id, std::uint64_t epoch);
  [[nodiscard]] SseBlock block_of(const Frame& frame, std::string_view room_id, std::uint64_t epoch) const;

  const CatalogueView& catalogue_;
  std::array<Known, kKnownMax> known_;
  Known* newest_ = known_.data();  ///< the one that was asked for last, as it will be by the room's next member
  std::size_t next_ = 0;
};

}  // namespace dialogue::transport
