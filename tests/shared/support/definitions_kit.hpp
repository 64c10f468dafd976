// Short ways to write definitions in tests and fuzz targets.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue::testing {

inline SchemaNode node_of(std::uint8_t types) {
  SchemaNode node;
  node.types = types;
  return node;
}

/// A node of one JSON value.
inline SchemaNode constant(std::string json) {
  SchemaNode node;
  node.enumeration = {std::move(json)};
  node.is_const = true;
  return node;
}

inline EventDefinition event_of(std::string name, NodeIndex schema) {
  EventDefinition event;
  event.name = std::move(name);
  event.schema = schema;
  return event;
}

inline RoomDefinition room_of(std::string id, std::vector<std::string> events) {
  RoomDefinition room;
  room.id = std::move(id);
  room.events = std::move(events);
  return room;
}

/// One event, "event", with the schema `root`.
inline Definitions one_event(SchemaGraph graph, NodeIndex root) {
  Definitions definitions;
  definitions.schemas = std::move(graph);
  definitions.events.push_back(event_of("event", root));
  return definitions;
}

}  // namespace dialogue::testing
