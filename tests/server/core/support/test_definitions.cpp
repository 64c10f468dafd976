// The definitions that tests of the core run on, and a shard's configuration over them.
#include <utility>

#include "shared/catalogue/catalogue_builder.hpp"
#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

using namespace core;

namespace {

NodeIndex add_message_schema(SchemaGraph& schemas) {
  SchemaNode text;
  text.types = kString;
  text.min_length = 1;
  text.max_length = 2000;
  const NodeIndex text_node = schemas.add(std::move(text));
  SchemaNode nothing;
  nothing.types = 0;
  const NodeIndex nothing_node = schemas.add(std::move(nothing));
  SchemaNode message;
  message.types = kObject;
  message.properties = {{"text", text_node, true}};
  message.additional_properties = nothing_node;
  return schemas.add(std::move(message));
}

EventDefinition event(std::string name, NodeIndex schema, Delivery delivery = Delivery::reliable) {
  EventDefinition definition;
  definition.name = std::move(name);
  definition.schema = schema;
  definition.delivery = delivery;
  return definition;
}

RoomDefinition room(std::string id, std::string name, std::vector<std::string> events) {
  RoomDefinition definition;
  definition.id = std::move(id);
  definition.name = std::move(name);
  definition.events = std::move(events);
  return definition;
}

}  // namespace

Definitions test_definitions() {
  Definitions definitions;
  const NodeIndex any = definitions.schemas.add({});
  const NodeIndex message = add_message_schema(definitions.schemas);
  definitions.events = {event("game.move", any), event("message", message), event("note", any),
                        event("typing", any, Delivery::volatile_)};
  const std::vector<std::string> talk = {"message", "note", "typing"};
  RoomDefinition small = room("small", "", talk);
  small.max_size = 2;
  RoomDefinition picky = room("picky", "", talk);
  picky.default_subscriptions = {"message"};
  RoomDefinition staff = room("staff", "", talk);
  staff.access.join = {"role:admin", "user:root"};
  RoomDefinition shy = room("shy", "", talk);
  shy.access.presence = {"role:admin"};
  RoomDefinition quiet = room("quiet", "", talk);
  quiet.access.publish_event["message"] = {"role:admin"};
  definitions.rooms = {room("chat", "Support chat", talk),
                       room("game-vip-{id}", "VIP", {"game.move"}),
                       room("game-{id}", "Game", {"game.move"}),
                       std::move(picky),
                       std::move(quiet),
                       std::move(shy),
                       room("silent", "", {}),
                       std::move(small),
                       std::move(staff)};
  return definitions;
}

std::unique_ptr<ShardConfig> test_config() {
  auto config = std::make_unique<ShardConfig>();
  config->definitions = test_definitions();
  CatalogueResult made = make_catalogue(config->definitions);
  demand(made.ok(), "the test's definitions are well-formed");
  config->catalogue_bytes = std::move(made.bytes);
  const auto view = CatalogueView::parse(config->catalogue_bytes);
  demand(view.has_value(), "the test's catalogue can be read");
  config->catalogue = *view;
  return config;
}

std::unique_ptr<ShardConfig> config_keeping(std::uint64_t events) {
  auto config = test_config();
  for (RoomDefinition& room : config->definitions.rooms) room.retention.max_events = events;
  return config;
}

}  // namespace dialogue::testing
