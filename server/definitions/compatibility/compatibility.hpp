// The effects on clients and stored history when a definition replaces an older one: `dialogue check app.json --against OLD`. A
// change that cannot be proven harmless is reported as breaking. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::definitions {

enum class Impact : std::uint8_t {
  breaks_both,        ///< old clients are refused, and stored history no longer fits the types of new readers
  breaks_publishers,  ///< what a client with the old definition may send is refused now
  breaks_readers,     ///< stored history does not fit new readers, or old readers get what they do not expect
  harmless
};

struct Change {
  Impact impact;
  std::string where;    ///< "event message, $.text" or "room chat"
  std::string message;  ///< one sentence
};

/// In the order of Impact, and in each in the order of names. Equal definitions give nothing.
[[nodiscard]] std::vector<Change> compare_definitions(const Definitions& before, const Definitions& after);

[[nodiscard]] bool is_breaking(const std::vector<Change>& changes);

/// "breaks old publishers: event message, $.text: at most 500 characters, was 2000"
[[nodiscard]] std::string format_change(const Change& change);

}  // namespace dialogue::definitions
