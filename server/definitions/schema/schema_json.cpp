#include "server/definitions/schema/schema_json.hpp"

#include "server/definitions/schema/schema_reader.hpp"

namespace dialogue::definitions {

NodeIndex load_schema(const JsonValue& schema, std::string_view pointer, SchemaGraph& graph, Diagnostics& problems) {
  return SchemaReader(schema, pointer, graph, problems).read();
}

NodeIndex SchemaReader::read() {
  const std::size_t before = problems_.size();
  const NodeIndex top = node_of(root_, root_pointer_);
  while (!queue_.empty()) {
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    read_schema(waiting);
  }
  for (const Waiting& reference : references_) check_reference_cycle(reference);
  // A schema that failed is only half read: what oneOf would find in it is no news.
  if (problems_.size() == before) {
    for (const WaitingOneOf& one_of : one_ofs_) judge_one_of(one_of);
    for (const Waiting& schema : read_) check_contradictions(schema);
  }
  return top;
}

NodeIndex SchemaReader::node_of(const JsonValue& schema, std::string pointer) {
  const auto [entry, added] = nodes_.try_emplace(&schema, NodeIndex{0});
  if (added) {
    entry->second = graph_.add({});
    queue_.push_back({schema, std::move(pointer), entry->second});
  }
  return entry->second;
}

void SchemaReader::read_schema(const Waiting& waiting) {
  SchemaNode node;
  node.type_name = graph_.nodes[waiting.node].type_name;
  if (waiting.schema.is(JsonValue::Kind::boolean)) {
    node.types = waiting.schema.boolean ? kAnyType : 0;
  } else if (waiting.schema.is(JsonValue::Kind::object)) {
    for (const JsonMember& member : waiting.schema.members)
      read_keyword(node, {waiting, member, pointer_child(waiting.pointer, member.key)});
    if (node.enumeration) narrow_enumeration(node, waiting);
    read_.push_back(waiting);
  } else {
    problems_.add(waiting.schema.offset, waiting.pointer, "a schema is an object, true or false");
  }
  graph_.nodes[waiting.node] = std::move(node);
}

}  // namespace dialogue::definitions
