// Short ways to write schema graphs, catalogues and verdicts in tests.
#pragma once
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/catalogue_builder.hpp"
#include "shared/validator.hpp"

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

/// What is wrong with the definitions, one line for each fault.
inline std::vector<std::string> faults_of(const Definitions& definitions) {
  std::vector<std::string> lines;
  for (const DefinitionFault& fault : make_catalogue(definitions).faults) lines.push_back(fault.where + " " + fault.message);
  return lines;
}

/// A catalogue with its bytes.
struct Built {
  explicit Built(const Definitions& definitions) {
    CatalogueResult result = make_catalogue(definitions);
    for (const DefinitionFault& fault : result.faults) FAIL(fault.where << " " << fault.message);
    bytes = std::move(result.bytes);
    const auto parsed = CatalogueView::parse(bytes);
    REQUIRE(parsed);
    view = *parsed;
  }
  std::vector<std::uint8_t> bytes;
  CatalogueView view;
};

/// "code path argument", or "ok": everything that a verdict says.
inline std::string verdict_of(const CatalogueView& catalogue, std::string_view payload, std::uint32_t event = 0) {
  Verdict verdict;
  validate(catalogue, event, payload, verdict);
  if (verdict.valid()) return "ok";
  std::string text = std::string(error_name(verdict.code)) + " " + std::string(verdict.path());
  if (verdict.argument_length > 0) text += " " + std::string(verdict.argument());
  return text;
}

/// The verdict on `payload` against a single node.
inline std::string verdict_of(const SchemaNode& node, std::string_view payload) {
  SchemaGraph graph;
  const NodeIndex root = graph.add(node);
  return verdict_of(Built(one_event(std::move(graph), root)).view, payload);
}

}  // namespace dialogue::testing
