// Selects a room's events by their content: a tree of conditions on the fields that the definitions mark as filterable.
// docs/protocol.md has the form. Parsing refuses filters that are too large, so that evaluating is bounded: an event's fields
// are read from its payload once (FilterFields) for all filters. Immutable once read; no regular expressions.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/messages/error.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/json/decimal.hpp"
#include "shared/json/json_reader.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

inline constexpr std::size_t kFilterBytesMax = 2048, kFilterNodesMax = 64, kFilterDepthMax = 8;

/// A JSON scalar. Numbers are ordered by their exact value, strings by their code points.
struct FilterScalar {
  enum class Kind : std::uint8_t { null, boolean, number, string } kind = Kind::null;
  std::string text;  ///< of a string unescaped, of others as it stands in the JSON

  /// No value for arrays, objects, and what is not JSON.
  [[nodiscard]] static std::optional<FilterScalar> read(std::string_view json);
};

/// The filterable fields of an application's events, each by its path ("customer.region"). Immutable.
class FilterFields {
 public:
  /// A field's value in one payload, read once for all filters.
  struct Value {
    std::uint32_t field;
    std::optional<FilterScalar> scalar;
    Decimal number;  ///< of a number; refers to the payload
  };
  using Values = std::vector<Value>;

  FilterFields(const CatalogueView& catalogue, const std::vector<EventDefinition>& events);

  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view path) const;
  /// All paths, for messages.
  [[nodiscard]] std::string list() const;
  /// Replaces `values` by those of a valid payload of `event` (a catalogue index); by none if it cannot be read. One pass for
  /// each level of a path.
  void read(std::uint32_t event, std::string_view payload, Values& values) const;

 private:
  struct Path {
    std::uint32_t field;
    std::vector<std::string> names;
  };
  [[nodiscard]] static Value value_of(std::uint32_t field, std::string_view json);
  /// Whether the payload could be read.
  static bool read_level(const std::vector<const Path*>& open, std::size_t level, std::string_view object, Values& values);

  std::vector<std::string> paths_;         ///< sorted; the place is the index
  std::vector<std::vector<Path>> events_;  ///< by catalogue index
};

class EventFilter {
 public:
  /// Bounded as above. request_invalid with the place of the fault, as in "filter $.and[1].eq: ...".
  [[nodiscard]] static std::variant<EventFilter, Error> read(std::string_view json, const FilterFields& fields);

  [[nodiscard]] bool matches(const FilterFields::Values& values) const { return holds(nodes_.front(), values); }

 private:
  enum class Op : std::uint8_t {
    all,
    any,
    negated,
    exists,
    equal,
    unequal,
    in,
    prefix,
    less,
    less_or_equal,
    greater,
    greater_or_equal
  };
  struct Node {
    Op op = Op::all;
    std::uint32_t field = 0;
    std::vector<std::uint32_t> children;  ///< of all, any and negated
    std::vector<FilterScalar> values;     ///< what the field is compared with
  };
  struct OpRow;
  class Reader;

  [[nodiscard]] static bool compares(const FilterFields::Value& value, Op op, const FilterScalar& with);
  [[nodiscard]] bool holds(const Node& node, const FilterFields::Values& values) const;

  std::vector<Node> nodes_;  ///< the first is the root
};

/// A filter as the members of one shard share it, with its verdict on the event in hand. Used by its shard only.
struct SharedFilter {
  explicit SharedFilter(EventFilter its_filter) : filter(std::move(its_filter)) {}
  EventFilter filter;
  std::uint64_t judged = 0;  ///< the number of the event that `matches` is of
  bool matches = false;
};

}  // namespace dialogue::core
