#include "server/definitions/schema/schema_json.hpp"

#include "server/definitions/schema/schema_reader.hpp"

namespace dialogue::definitions {

NodeIndex load_schema(const JsonValue& schema, std::string_view pointer, SchemaGraph& graph, Diagnostics& problems,
                      const SharedSchemas& shared) {
  return SchemaReader(schema, pointer, graph, problems, shared).read();
}

SharedSchemas load_shared_schemas(const JsonValue& file, SchemaGraph& graph, Diagnostics& problems) {
  return SchemaReader(file, "", graph, problems, {}).read_shared();
}

NodeIndex SchemaReader::read() {
  const NodeIndex top = node_of(root_, root_pointer_);
  read_waiting();
  return top;
}

SharedSchemas SchemaReader::read_shared() {
  const JsonMember* const all = root_.find("$defs");
  if (all == nullptr) return {};
  reads_shared_ = true;
  const std::size_t before = problems_.size();
  if (!all->value.is(JsonValue::Kind::object)) problems_.add(all->value.offset, "/$defs", "`$defs` is an object of schemas.");
  for (const JsonMember& member : all->value.members) {
    SchemaNode& node = graph_.nodes[node_of(member.value, pointer_child("/$defs", member.key))];
    node.type_name = member.key;
    node.is_shared = true;
  }
  read_waiting();
  return {&root_, nodes_, problems_.size() == before};
}

void SchemaReader::read_waiting() {
  const std::size_t before = problems_.size();
  while (!queue_.empty()) {
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    read_schema(waiting);
  }
  for (const Waiting& reference : references_) check_reference_cycle(reference);
  // An invalid schema is only partly read: errors of oneOf in it would be misleading.
  if (problems_.size() == before && shared_.is_good) {
    for (const WaitingOneOf& one_of : one_ofs_) judge_one_of(one_of);
    for (const Waiting& schema : read_) check_contradictions(schema);
  }
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
  node.is_shared = graph_.nodes[waiting.node].is_shared;
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
