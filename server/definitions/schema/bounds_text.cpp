#include "server/definitions/schema/bounds_text.hpp"

#include "shared/base/limits.hpp"
#include "shared/base/number_text.hpp"
#include "shared/schema/formats.hpp"

namespace dialogue::definitions {
namespace {

/// "1 to 5 items", "at least 1 item", "at most 5 items".
std::string count_text(const std::optional<std::uint64_t>& least, const std::optional<std::uint64_t>& most, const char* one,
                       const char* many) {
  const auto unit = [&](std::uint64_t count) { return ' ' + std::string(count == 1 ? one : many); };
  if (least && most && *least == *most) return "exactly " + std::to_string(*least) + unit(*least);
  if (least && most) return std::to_string(*least) + " to " + std::to_string(*most) + unit(*most);
  if (least) return "at least " + std::to_string(*least) + unit(*least);
  if (most) return "at most " + std::to_string(*most) + unit(*most);
  return {};
}

/// The bounds that every C++ integer has are not reported.
bool is_news(double bound) { return std::abs(bound) != static_cast<double>(kSafeIntegerMax); }

}  // namespace

std::string number_text(double value) {
  std::string out;
  const bool whole = std::abs(value) <= static_cast<double>(kSafeIntegerMax) && value == std::floor(value);
  if (whole)
    out = std::to_string(static_cast<std::int64_t>(value));  // not 2e+06
  else
    append_number(out, value);
  return out;
}

std::string bounds_text(const SchemaNode& node) {
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : "; ") + part;
  };
  if (node.types & kString) {
    add(count_text(node.min_length, node.max_length, "character", "characters"));
    add(count_text(node.min_bytes, node.max_bytes, "byte", "bytes"));
    if (node.pattern) add("matches /" + *node.pattern + "/");
    if (node.format == Format::bytes)
      add("bytes in base64");
    else if (node.format != Format::none)
      add("format " + std::string(format_name(node.format)));
  }
  if (node.types & (kInteger | kNumber)) {
    if (node.minimum && is_news(*node.minimum)) add("at least " + number_text(*node.minimum));
    if (node.exclusive_minimum) add("above " + number_text(*node.exclusive_minimum));
    if (node.maximum && is_news(*node.maximum)) add("at most " + number_text(*node.maximum));
    if (node.exclusive_maximum) add("below " + number_text(*node.exclusive_maximum));
    if (node.multiple_of) add("a multiple of " + number_text(*node.multiple_of));
  }
  if (node.types & kArray) {
    add(count_text(node.min_items, node.max_items, "item", "items"));
    if (node.unique_items) add("no two equal");
  }
  if (node.types & kObject) add(count_text(node.min_properties, node.max_properties, "property", "properties"));
  return out;
}

}  // namespace dialogue::definitions
