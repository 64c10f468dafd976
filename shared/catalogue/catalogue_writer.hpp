// Puts a checked definition and its reduced schemas into the bytes of shared/schema/catalogue_layout.hpp. Native only; used by
// catalogue_builder.cpp. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/catalogue/schema_normal_form.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

/// Everything that goes into the catalogue, sorted and resolved.
struct CatalogueContent {
  struct Room {
    std::string_view id, name;
    std::uint64_t max_size = 0;
    std::vector<std::uint32_t> events, subscriptions;  ///< ascending
  };
  std::vector<const EventDefinition*> events;  ///< sorted by name; the event's node is schemas.roots[its index]
  std::vector<Room> rooms;                     ///< sorted by id
  NormalForm schemas;                          ///< reduced to classes
};

[[nodiscard]] std::vector<std::uint8_t> write_catalogue(const CatalogueContent& content);

}  // namespace dialogue
