// The rooms and events of the simulation, in the two versions of their catalogue, and what each promises. Immutable.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "server/core/effects/shard_config.hpp"

namespace dialogue::simulation {

using namespace core;

using RoomIndex = std::uint32_t;
using EventIndex = std::uint32_t;  ///< of kEvents; a catalogue has numbers of its own

struct Place {
  std::string_view id;
  bool is_durable;  ///< its log outlives the server
  bool is_bounded;  ///< events leave it with time or by number
  bool is_deletable;
  bool is_pattern;          ///< it comes back by itself
  bool is_small = false;    ///< it has a place for each user, and none more
  bool is_evicted = false;  ///< its log may begin anew while nobody is in the room
};
inline constexpr std::array kPlaces = {
    Place{"chat", true, false, false, false},        Place{"game-1", true, false, true, true},
    Place{"lobby", false, false, true, false},       Place{"short", true, true, false, false},
    Place{"aged", true, true, false, false},         Place{"hall", true, false, true, false},
    Place{"table", true, false, false, false, true}, Place{"pad-1", false, false, false, true, false, true},
};

struct Kind {
  std::string_view name;
  bool is_volatile;
  bool is_kept;  ///< nothing but retention takes it out of a log
};
inline constexpr std::array kEvents = {
    Kind{"message", false, true},
    Kind{"note", false, true},
    Kind{"cursor", false, false},
    Kind{"typing", true, false},
};
inline constexpr std::uint32_t kAllEvents = (1U << kEvents.size()) - 1;

/// Whether the room of this id takes so many only as there are users.
[[nodiscard]] inline bool is_small(std::string_view id) {
  return std::any_of(kPlaces.begin(), kPlaces.end(), [id](const Place& place) { return place.is_small && place.id == id; });
}

/// The second version has an event more, so that events have other numbers.
inline constexpr std::uint32_t kVersions = 2;
[[nodiscard]] Definitions definitions_of(std::uint32_t version);
/// Catalogue and definitions, the rest as it is by default; made once per version.
[[nodiscard]] std::unique_ptr<ShardConfig> config_of(std::uint32_t version);
[[nodiscard]] const CatalogueView& catalogue_of(std::uint32_t version);
[[nodiscard]] std::uint64_t fingerprint_of(std::uint32_t version);
/// The event's number on the wire.
[[nodiscard]] std::uint32_t event_number(std::uint32_t version, EventIndex event);
/// The other way; kEvents.size() for one that we do not use.
[[nodiscard]] EventIndex event_of(std::uint32_t version, std::uint64_t number);

}  // namespace dialogue::simulation
