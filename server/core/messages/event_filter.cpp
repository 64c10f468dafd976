// Reading a filter, which is where all bounds are kept, and evaluating one.
#include "server/core/messages/event_filter.hpp"

#include <algorithm>
#include <array>

#include "shared/base/limits.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue::core {

struct EventFilter::OpRow {
  std::string_view name;
  Op op;
};

class EventFilter::Reader {
 public:
  Reader(const FilterFields& fields, std::vector<Node>& nodes) : fields_(fields), nodes_(nodes) {}

  /// The node's place in the list; nothing after a fault.
  std::optional<std::uint32_t> node(JsonReader& json, const std::string& path, std::size_t depth) {
    if (depth > kFilterDepthMax) return fault(path, "is nested more than " + std::to_string(kFilterDepthMax) + " levels deep");
    if (nodes_.size() == kFilterNodesMax)
      return fault(path, "is one node more than the " + std::to_string(kFilterNodesMax) + " that a filter may have");
    std::string name;
    if (json.peek() != '{' || !json.enter_object() || !json.next_key(name))
      return fault(path, "is not a condition, such as {\"eq\":[\"region\",\"eu\"]}");
    const auto row = std::find_if(kOps.begin(), kOps.end(), [&](const OpRow& each) { return each.name == name; });
    if (row == kOps.end()) return fault(path, "has the operator \"" + name.substr(0, kNameBytesMax) + "\"; there are " + names());
    const auto place = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back().op = row->op;
    if (!operand(json, place, path + '.' + name, depth)) return std::nullopt;
    if (json.next_key(name) || json.failed()) return fault(path, "has more than one operator");
    return place;
  }

  std::optional<std::uint32_t> fault(const std::string& path, const std::string& words) {
    if (fault_.empty()) fault_ = "filter " + path + ' ' + words;
    return std::nullopt;
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  static constexpr std::array<OpRow, 12> kOps = {
      OpRow{"and", Op::all},     OpRow{"or", Op::any},
      OpRow{"not", Op::negated}, OpRow{"exists", Op::exists},
      OpRow{"eq", Op::equal},    OpRow{"ne", Op::unequal},
      OpRow{"in", Op::in},       OpRow{"prefix", Op::prefix},
      OpRow{"lt", Op::less},     OpRow{"lte", Op::less_or_equal},
      OpRow{"gt", Op::greater},  OpRow{"gte", Op::greater_or_equal},
  };

  static std::string names() {
    std::string text;
    for (const OpRow& row : kOps) text.append(text.empty() ? "" : " ").append(row.name);
    return text;
  }

  bool operand(JsonReader& json, std::uint32_t place, const std::string& path, std::size_t depth) {
    const Op op = nodes_[place].op;
    if (op == Op::negated) return child(json, place, path, depth);
    if (op == Op::exists) return field(json, place, path);
    if (json.peek() != '[' || !json.enter_array())
      return fault(path, op == Op::all || op == Op::any ? "is not an array of conditions" : "is not [FIELD, VALUE]").has_value();
    if (op != Op::all && op != Op::any) return comparison(json, place, path);
    for (std::size_t i = 0; json.next_element(); ++i)
      if (!child(json, place, path + '[' + std::to_string(i) + ']', depth)) return false;
    if (nodes_[place].children.empty()) return fault(path, "has no condition").has_value();
    return true;
  }

  bool child(JsonReader& json, std::uint32_t place, const std::string& path, std::size_t depth) {
    const auto its = node(json, path, depth + 1);
    if (its) nodes_[place].children.push_back(*its);
    return its.has_value();
  }

  bool field(JsonReader& json, std::uint32_t place, const std::string& path) {
    std::string name;
    if (json.peek() != '"' || !json.read_string(name)) return fault(path, "has no field").has_value();
    const auto index = fields_.find(name);
    if (!index) return fault(path, "has the field \"" + name.substr(0, kNameBytesMax) + "\", and " + fields_.list()).has_value();
    nodes_[place].field = *index;
    return true;
  }

  bool comparison(JsonReader& json, std::uint32_t place, const std::string& path) {
    if (!json.next_element() || !field(json, place, path)) return fault(path, "is not [FIELD, VALUE]").has_value();
    const Op op = nodes_[place].op;
    if (!json.next_element()) return fault(path, "is not [FIELD, VALUE]").has_value();
    if (op == Op::in) {
      if (json.peek() != '[' || !json.enter_array()) return fault(path, "is not [FIELD, [VALUE, ...]]").has_value();
      while (json.next_element())
        if (!value(json, place, path)) return false;
    } else if (!value(json, place, path)) {
      return false;
    }
    if (json.next_element() || json.failed()) return fault(path, "is not [FIELD, VALUE]").has_value();
    return true;
  }

  bool value(JsonReader& json, std::uint32_t place, const std::string& path) {
    std::string_view raw;
    if (!json.read_raw(raw)) return fault(path, "is not valid JSON").has_value();
    auto read = FilterScalar::read(raw);
    const Op op = nodes_[place].op;
    const bool is_ordered = op >= Op::less;
    const bool fits = read && !(op == Op::prefix && read->kind != FilterScalar::Kind::string) &&
                      !(is_ordered && read->kind != FilterScalar::Kind::string && read->kind != FilterScalar::Kind::number);
    if (!fits)
      return fault(path, op == Op::prefix ? "compares with a string only"
                         : is_ordered     ? "compares with a number or a string only"
                                          : "compares with a string, a number, a boolean or null only")
          .has_value();
    if (nodes_[place].values.size() == kFilterNodesMax)
      return fault(path, "has more than " + std::to_string(kFilterNodesMax) + " values").has_value();
    nodes_[place].values.push_back(std::move(*read));
    return true;
  }

  const FilterFields& fields_;
  std::vector<Node>& nodes_;
  std::string fault_;
};

std::variant<EventFilter, Error> EventFilter::read(std::string_view json, const FilterFields& fields) {
  const auto invalid = [](std::string words) { return Error{ErrorCode::request_invalid, std::move(words), {}}; };
  if (json.size() > kFilterBytesMax) return invalid("filter is larger than " + std::to_string(kFilterBytesMax) + " bytes");
  JsonReader reader(json);
  std::string_view whole;
  if (!reader.read_document(whole) || !reader.at_end()) return invalid("filter is not valid JSON");
  EventFilter filter;
  JsonReader again(whole);
  Reader nodes(fields, filter.nodes_);
  if (!nodes.node(again, "$", 1)) return invalid(nodes.fault());
  return filter;
}

std::optional<FilterScalar> FilterScalar::read(std::string_view json) {
  FilterScalar scalar;
  switch (json.empty() ? 0 : json.front()) {
    case 'n':
      break;
    case 't':
    case 'f':
      scalar.kind = Kind::boolean;
      break;
    case '"': {
      auto text = string_value(json);
      if (!text) return std::nullopt;
      return FilterScalar{Kind::string, std::move(*text)};
    }
    case '[':
    case '{':
    case 0:
      return std::nullopt;
    default:
      scalar.kind = Kind::number;
  }
  scalar.text = json;
  return scalar;
}

bool EventFilter::compares(const FilterFields::Value& value, Op op, const FilterScalar& with) {
  if (value.scalar->kind != with.kind) return op == Op::unequal;
  const std::string& text = value.scalar->text;
  const bool is_number = with.kind == FilterScalar::Kind::number;
  if (op == Op::prefix) return text.starts_with(with.text);
  // UTF-8 has the order of its code points.
  const int order = is_number ? compare(value.number, parse_decimal(with.text)) : text.compare(with.text);
  switch (op) {
    case Op::unequal:
      return order != 0;
    case Op::less:
      return order < 0;
    case Op::less_or_equal:
      return order <= 0;
    case Op::greater:
      return order > 0;
    case Op::greater_or_equal:
      return order >= 0;
    default:
      return order == 0;
  }
}

bool EventFilter::holds(const Node& node, const FilterFields::Values& values) const {
  const auto child_holds = [&](std::uint32_t child) { return holds(nodes_[child], values); };
  if (node.op == Op::all) return std::all_of(node.children.begin(), node.children.end(), child_holds);
  if (node.op == Op::any) return std::any_of(node.children.begin(), node.children.end(), child_holds);
  if (node.op == Op::negated) return !child_holds(node.children.front());
  const auto found = std::find_if(values.begin(), values.end(), [&](const auto& each) { return each.field == node.field; });
  if (node.op == Op::exists) return found != values.end();
  if (found == values.end() || !found->scalar) return node.op == Op::unequal;
  return std::any_of(node.values.begin(), node.values.end(),
                     [&](const FilterScalar& with) { return compares(*found, node.op, with); });
}

}  // namespace dialogue::core
