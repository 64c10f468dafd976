// See places.hpp.
#include "tests/simulation/world/places.hpp"

#include <algorithm>
#include <string>

#include "shared/catalogue/catalogue_builder.hpp"

namespace dialogue::simulation {

using namespace core;

namespace {

constexpr std::uint64_t kShortEvents = 8, kAgeMs = 15'000;

EventDefinition event(std::string_view name, NodeIndex schema, Delivery delivery) {
  EventDefinition definition;
  definition.name = name;
  definition.schema = schema;
  definition.delivery = delivery;
  if (delivery == Delivery::latest) definition.latest_key = "k";
  return definition;
}

RoomDefinition room(std::string_view id) {
  RoomDefinition definition;
  definition.id = id;
  for (const Kind& kind : kEvents) definition.events.emplace_back(kind.name);
  definition.retention = {};
  return definition;
}

struct Compiled {
  Definitions definitions;
  std::vector<std::uint8_t> bytes;
  CatalogueView view;
};

const Compiled& compiled(std::uint32_t version) {
  static const std::array<Compiled, kVersions> all = [] {
    std::array<Compiled, kVersions> made;
    for (std::uint32_t i = 0; i < kVersions; ++i) {
      made[i].definitions = definitions_of(i);
      made[i].bytes = make_catalogue(made[i].definitions).bytes;
      made[i].view = CatalogueView::parse(made[i].bytes).value();
    }
    return made;
  }();
  return all[version];
}

}  // namespace

Definitions definitions_of(std::uint32_t version) {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  if (version > 0) definitions.events.push_back(event("added", any, Delivery::reliable));
  definitions.events.push_back(event("message", any, Delivery::reliable));
  definitions.events.push_back(event("note", any, Delivery::reliable));
  definitions.events.push_back(event("cursor", any, Delivery::latest));
  definitions.events.push_back(event("typing", any, Delivery::volatile_));
  for (const Place& place : kPlaces) {
    const std::string_view stem = place.id.substr(0, place.id.find('-') + 1);
    definitions.rooms.push_back(room(place.is_pattern ? std::string(stem) + "{id}" : std::string(place.id)));
  }
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    RoomDefinition& definition = definitions.rooms[i];
    if (!kPlaces[i].is_durable) definition.durability = Durability::memory;
    if (kPlaces[i].id == "short") definition.retention.max_events = kShortEvents;
    if (kPlaces[i].id == "aged") definition.retention.max_age_ms = kAgeMs;
    if (version > 0) definition.events.emplace_back("added");
  }
  // As the catalogue has them.
  std::sort(definitions.rooms.begin(), definitions.rooms.end(),
            [](const RoomDefinition& a, const RoomDefinition& b) { return a.id < b.id; });
  return definitions;
}

std::unique_ptr<ShardConfig> config_of(std::uint32_t version) {
  auto config = std::make_unique<ShardConfig>();
  config->definitions = compiled(version).definitions;
  config->catalogue_bytes = compiled(version).bytes;
  config->catalogue = CatalogueView::parse(config->catalogue_bytes).value();
  config->has_durable_store = true;
  return config;
}

const CatalogueView& catalogue_of(std::uint32_t version) { return compiled(version).view; }

std::uint64_t fingerprint_of(std::uint32_t version) { return compiled(version).view.fingerprint(); }

std::uint32_t event_number(std::uint32_t version, EventIndex event) {
  return compiled(version).view.find_event(kEvents[event].name).value() + 1;
}

EventIndex event_of(std::uint32_t version, std::uint64_t number) {
  const CatalogueView& view = compiled(version).view;
  if (number == 0 || number > view.event_count()) return kEvents.size();
  const std::string_view name = view.event(static_cast<std::uint32_t>(number - 1)).name;
  return static_cast<EventIndex>(
      std::find_if(kEvents.begin(), kEvents.end(), [&](const Kind& kind) { return kind.name == name; }) - kEvents.begin());
}

}  // namespace dialogue::simulation
