// The calls of the flat C ABI by their names: how each is made again, and how it reads.
// Pure tables and functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client-wasm/abi/instance.hpp"
#include "client-wasm/replay/recording.hpp"
#include "shared/catalogue/catalogue.hpp"

namespace dialogue::client {

inline constexpr std::size_t kNoTime = static_cast<std::size_t>(-1);

/// The client's module and its validator, as one: in a browser they are two, with the same catalogue.
struct RecordedInstance : Instance {
  explicit RecordedInstance(double seed) { client.seed(integer(seed)); }
  std::vector<std::uint8_t> catalogue_bytes;  ///< what `catalogue` reads; replaced as a whole
  CatalogueView catalogue;
};

struct CallRow {
  std::string_view name;
  std::size_t arguments;
  bool is_about_room;  ///< the first argument is a room's handle
  std::size_t now;     ///< which argument is the time
  bool has_result;
  std::size_t area;         ///< how many numbers it leaves in the area; of next() that depends
  bool is_about_catalogue;  ///< its text is base64
  /// Makes the call and returns its result; 0 if it has none.
  double (*make)(RecordedInstance&, const RecordedCall&);
};

/// The row of a call; null when there is no such export.
[[nodiscard]] const CallRow* find_call(std::string_view name);

/// Returns what is missing in a call; empty if it is complete.
[[nodiscard]] std::string why_not_whole(const CallRow& row, const RecordedCall& call);
/// Returns why a complete call cannot be made; empty: it can. `rooms`: how many rooms were added so far.
[[nodiscard]] std::string why_impossible(const CallRow& row, const RecordedCall& call, const RecordedInstance& instance,
                                         std::size_t rooms);

/// An argument as the module takes it: WebAssembly keeps the lowest 32 bits.
[[nodiscard]] std::uint32_t word(double number);

}  // namespace dialogue::client
