// The work behind load_schema: one reader per schema. Sub-schemas wait in a queue, so that neither nesting nor chains of $ref
// cost stack; oneOf is judged last, when every branch is known. Used by schema_*.cpp only.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/definitions/schema/schema_json.hpp"

namespace dialogue::definitions {

class SchemaReader {
 public:
  SchemaReader(const JsonValue& root, std::string_view pointer, SchemaGraph& graph, Diagnostics& problems,
               const SharedSchemas& shared)
      : root_(root), root_pointer_(pointer), graph_(graph), problems_(problems), shared_(shared) {}

  [[nodiscard]] NodeIndex read();
  /// The root is a definition file: reads its `$defs` only.
  [[nodiscard]] SharedSchemas read_shared();

 private:
  struct Waiting {
    const JsonValue& schema;
    std::string pointer;
    NodeIndex node;
  };
  /// One keyword of one schema object.
  struct Keyword {
    const Waiting& in;
    const JsonMember& member;
    std::string pointer;  ///< of the keyword's value
    const JsonValue& value() const { return member.value; }
  };
  using Handler = void (SchemaReader::*)(SchemaNode&, const Keyword&);
  struct Row {
    std::string_view name;
    Handler handler;
  };
  struct WaitingOneOf {
    std::string pointer;
    const JsonMember& member;
    const JsonMember* discriminator;
    NodeIndex node;
    std::vector<NodeIndex> branches;
  };
  static const std::vector<Row>& rows();

  /// The node of a schema, which is read later; the same schema has one node however often it is referred to.
  NodeIndex node_of(const JsonValue& schema, std::string pointer);
  void read_waiting();
  void read_schema(const Waiting& waiting);
  void read_keyword(SchemaNode& node, const Keyword& keyword);
  void refuse_keyword(const Keyword& keyword);
  void fault(const Keyword& keyword, std::string message, std::string hint = {});

  void read_type(SchemaNode& node, const Keyword& keyword);
  void read_enum(SchemaNode& node, const Keyword& keyword);
  void read_const(SchemaNode& node, const Keyword& keyword);
  void read_pattern(SchemaNode& node, const Keyword& keyword);
  void read_format(SchemaNode& node, const Keyword& keyword);
  void read_properties(SchemaNode& node, const Keyword& keyword);
  void read_required(SchemaNode& node, const Keyword& keyword);
  void read_additional_properties(SchemaNode& node, const Keyword& keyword);
  void read_items(SchemaNode& node, const Keyword& keyword);
  void read_prefix_items(SchemaNode& node, const Keyword& keyword);
  void read_unique_items(SchemaNode& node, const Keyword& keyword);
  void read_multiple_of(SchemaNode& node, const Keyword& keyword);
  void read_definitions(SchemaNode& node, const Keyword& keyword);
  void read_reference(SchemaNode& node, const Keyword& keyword);
  void read_one_of(SchemaNode& node, const Keyword& keyword);
  void read_discriminator(SchemaNode& node, const Keyword& keyword);
  void read_description(SchemaNode& node, const Keyword& keyword);
  void read_metaschema(SchemaNode& node, const Keyword& keyword);
  void read_id(SchemaNode& node, const Keyword& keyword);
  void read_comment(SchemaNode& node, const Keyword& keyword);
  void read_default(SchemaNode& node, const Keyword& keyword);
  void read_examples(SchemaNode& node, const Keyword& keyword);
  void read_deprecated(SchemaNode& node, const Keyword& keyword);
  template <auto Member>
  void read_number(SchemaNode& node, const Keyword& keyword);
  template <auto Member>
  void read_count(SchemaNode& node, const Keyword& keyword);

  /// Keeps the listed values that the types allow, and the types that the listed values have.
  void narrow_enumeration(SchemaNode& node, const Waiting& waiting);
  void refuse_siblings(const Keyword& keyword, std::string_view allowed_too);
  void check_reference_cycle(const Waiting& reference);
  /// The schema that a fragment such as "/$defs/Status" leads to; nothing after a problem was noted.
  [[nodiscard]] std::optional<NodeIndex> target_of(const Keyword& keyword, const std::string& fragment);
  [[nodiscard]] std::optional<NodeIndex> shared_target_of(const Keyword& keyword, const std::string& fragment);
  void fault_of_target(const Keyword& keyword, std::string_view fragment);

  /// Refuses bounds that leave nothing of a type: `false` says that, and anything else is a slip.
  void check_contradictions(const Waiting& schema);
  void check_counts(const SchemaNode& node, const Waiting& schema);
  /// Bytes are counted by their own keywords: what stands in the text is a third more.
  void check_units(const SchemaNode& node, const Waiting& schema);
  void check_range(const SchemaNode& node, const Waiting& schema);
  void check_required(const SchemaNode& node, const Waiting& schema);
  [[nodiscard]] bool is_never(std::optional<NodeIndex> node) const;
  void contradiction(const Waiting& schema, std::string_view keyword, std::string message, std::string hint = {});

  void judge_one_of(const WaitingOneOf& waiting);
  [[nodiscard]] std::optional<std::string> find_tag(const WaitingOneOf& waiting, const std::vector<NodeIndex>& objects);
  [[nodiscard]] std::optional<std::string> tag_value(NodeIndex branch, std::string_view tag) const;
  [[nodiscard]] NodeIndex resolved(NodeIndex node) const;

  const JsonValue& root_;
  std::string root_pointer_;
  SchemaGraph& graph_;
  Diagnostics& problems_;
  const SharedSchemas& shared_;
  bool reads_shared_ = false;
  std::map<const JsonValue*, NodeIndex> nodes_;
  std::deque<Waiting> queue_;
  std::deque<WaitingOneOf> one_ofs_;
  std::vector<Waiting> references_;
  std::vector<Waiting> read_;  ///< every schema object
};

}  // namespace dialogue::definitions
