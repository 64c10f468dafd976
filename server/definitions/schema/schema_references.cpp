// $ref inside one schema: "#", "#/$defs/x", any JSON pointer (RFC 6901, as a URI fragment); and to what the file's events share.
// Never another document.
#include <array>

#include "server/definitions/schema/schema_reader.hpp"
#include "server/definitions/source/suggestion.hpp"

namespace dialogue::definitions {
namespace {

/// "%25" -> "%"; nothing for a broken escape (RFC 3986 section 2.1).
std::optional<std::string> percent_decoded(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    std::size_t byte = 0;
    for (const char c : text.substr(i + 1, 2)) {
      const std::size_t digit = kDigits.find(c);
      if (digit == std::string_view::npos) return std::nullopt;
      byte = byte * 16 + (digit < 16 ? digit : digit - 6);
    }
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

/// One reference token with ~1 and ~0 taken back.
std::string unescaped(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    out += escape ? (token[++i] == '0' ? '~' : '/') : token[i];
  }
  return out;
}

const JsonValue* child(const JsonValue& value, const std::string& token) {
  if (value.is(JsonValue::Kind::object)) {
    const JsonMember* member = value.find(token);
    return member ? &member->value : nullptr;
  }
  for (std::size_t i = 0; i < value.items.size(); ++i)
    if (std::to_string(i) == token) return &value.items[i];
  return nullptr;
}

constexpr std::string_view kShared = "/$defs/";

/// "/$defs/Status/properties/x" -> "/$defs/Status".
std::string_view name_under_definitions(std::string_view fragment) {
  return fragment.substr(0, fragment.find('/', kShared.size()));
}

/// What a JSON pointer leads to, or nullptr; `pointer` grows by the tokens on the way.
const JsonValue* find_at(const JsonValue& root, std::string_view fragment, std::string* pointer = nullptr) {
  const JsonValue* target = &root;
  for (std::string_view rest = fragment; !rest.empty() && target != nullptr;) {
    const std::size_t end = rest.find('/', 1);
    const std::string token = unescaped(rest.substr(1, end == std::string_view::npos ? end : end - 1));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
    target = child(*target, token);
    if (pointer != nullptr) *pointer = pointer_child(*pointer, token);
  }
  return target;
}

}  // namespace

void SchemaReader::read_reference(SchemaNode& node, const Keyword& keyword) {
  refuse_siblings(keyword, "");
  if (!keyword.value().is(JsonValue::Kind::string)) return fault(keyword, "is a string.");
  const std::string& reference = keyword.value().text;
  const auto fragment = percent_decoded(reference.substr(reference.empty() ? 0 : 1));
  if (reference.empty() || reference[0] != '#' || !fragment || (!fragment->empty() && (*fragment)[0] != '/'))
    return fault(keyword, "points inside this schema only.", "Write `#`, or `#/$defs/NAME`.");
  if (reads_shared_ && !fragment->starts_with(kShared))
    return fault(keyword, "points to the file, which is not a schema.", "Write `#/$defs/NAME`.");
  node.same_as = target_of(keyword, *fragment);
  if (node.same_as) references_.push_back(keyword.in);
}

std::optional<NodeIndex> SchemaReader::target_of(const Keyword& keyword, const std::string& fragment) {
  if (fragment.starts_with(kShared) && find_at(root_, name_under_definitions(fragment)) == nullptr && shared_.file != nullptr)
    return shared_target_of(keyword, fragment);
  std::string pointer = root_pointer_;
  if (const JsonValue* const target = find_at(root_, fragment, &pointer)) return node_of(*target, pointer);
  fault_of_target(keyword, fragment);
  return std::nullopt;
}

std::optional<NodeIndex> SchemaReader::shared_target_of(const Keyword& keyword, const std::string& fragment) {
  const JsonValue* const target = find_at(*shared_.file, fragment);
  const auto node = shared_.nodes.find(target);
  if (node != shared_.nodes.end()) return node->second;
  fault_of_target(keyword, fragment);
  return std::nullopt;
}

void SchemaReader::fault_of_target(const Keyword& keyword, std::string_view fragment) {
  std::vector<std::string_view> known;
  for (const JsonValue* const file : {&root_, shared_.file})
    if (const JsonMember* const all = file == nullptr ? nullptr : file->find("$defs"))
      for (const JsonMember& member : all->value.members) known.push_back(member.key);
  std::string hint;
  if (fragment.starts_with(kShared)) hint = did_you_mean(fragment.substr(kShared.size()), known);
  if (hint.empty()) hint = "Check the name under $defs, of this schema or of the file.";
  fault(keyword, "points to nothing: " + keyword.value().text + ".", hint);
}

void SchemaReader::refuse_siblings(const Keyword& keyword, std::string_view allowed_too) {
  static constexpr std::string_view kAnnotations = " $schema $id $comment $defs title description default examples deprecated ";
  for (const JsonMember& sibling : keyword.in.schema.members) {
    const std::string word = ' ' + sibling.key + ' ';
    if (sibling.key == keyword.member.key || kAnnotations.find(word) != std::string_view::npos ||
        allowed_too.find(word) != std::string_view::npos)
      continue;
    problems_.add(sibling.key_offset, pointer_child(keyword.in.pointer, sibling.key),
                  "`" + sibling.key + "` cannot stand next to `" + keyword.member.key + "`.",
                  "Put it into the schema" +
                      std::string(keyword.member.key == "$ref" ? " that the reference points to." : "s of the branches."));
  }
}

NodeIndex SchemaReader::resolved(NodeIndex node) const {
  // At most one step for each node: a cycle is reported by check_reference_cycle, here it must only end.
  for (std::size_t steps = 0; graph_.nodes[node].same_as && steps < graph_.nodes.size(); ++steps)
    node = *graph_.nodes[node].same_as;
  return node;
}

void SchemaReader::check_reference_cycle(const Waiting& reference) {
  if (!graph_.nodes[resolved(reference.node)].same_as) return;
  const JsonMember* member = reference.schema.find("$ref");
  problems_.add(member->value.offset, pointer_child(reference.pointer, "$ref"), "`$ref` leads back to itself.",
                "Describe the value somewhere on the way.");
}

}  // namespace dialogue::definitions
