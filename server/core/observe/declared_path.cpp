// Walks the path through all branches of a oneOf in parallel, because the path does not determine the payload's branch.
#include "server/core/observe/declared_path.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <vector>

#include "shared/schema/catalogue_layout.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kBranchesMax = 64;  // what is in further ones counts as not declared

using Nodes = std::vector<NodeView>;

class SchemaWalk {
 public:
  SchemaWalk(const std::uint8_t* catalogue, std::uint32_t root) : catalogue_(catalogue) { add(nodes_, root); }

  [[nodiscard]] bool is_lost() const { return nodes_.empty(); }

  /// Whether the key is declared.
  bool enter(std::string_view key) {
    Nodes next;
    bool is_declared = false;
    for (const NodeView& node : nodes_) {
      if (const std::uint32_t property = property_of(node, key); property != kNone) {
        is_declared = true;
        add(next, property);
      } else if (node.has(NodeField::additional) && node.node(NodeField::additional).types() != 0) {
        add(next, node.word(NodeField::additional));
      }
    }
    nodes_ = std::move(next);
    return is_declared;
  }

  void enter(std::uint32_t index) {
    Nodes next;
    for (const NodeView& node : nodes_) {
      const std::uint32_t prefixes = node.has(NodeField::prefix_items) ? node.table(NodeField::prefix_items)[0] : 0;
      if (index < prefixes)
        add(next, node.table(NodeField::prefix_items)[1 + index]);
      else if (node.has(NodeField::items))
        add(next, node.word(NodeField::items));
    }
    nodes_ = std::move(next);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// With the branches of its oneOf, and theirs.
  void add(Nodes& all, std::uint32_t index) {
    std::size_t at = all.size();
    if (at < kBranchesMax) all.emplace_back(catalogue_, index);
    for (; at < all.size(); ++at) {
      if (!all[at].has(NodeField::one_of)) continue;
      const Words one_of = all[at].table(NodeField::one_of);
      const std::uint32_t branches = one_of[1] + one_of[2];
      for (std::uint32_t i = 0; i < branches && all.size() < kBranchesMax; ++i) all.emplace_back(catalogue_, one_of[4 + 2 * i]);
    }
  }

  [[nodiscard]] std::uint32_t property_of(const NodeView& node, std::string_view key) const {
    if (!node.has(NodeField::properties)) return kNone;
    const Words properties = node.table(NodeField::properties);
    for (std::uint32_t i = 0; i < properties[0]; ++i)
      if (text_at(catalogue_, properties[1 + 3 * i]) == key) return properties[2 + 3 * i];
    return kNone;
  }

  const std::uint8_t* catalogue_;
  Nodes nodes_;
};

bool is_of_identifier(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/// Cuts the first `size` characters off.
std::string_view cut(std::string_view& text, std::size_t size) {
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(taken.size());
  return taken;
}

/// Behind `["`: the key as it was sent, without the `"]` that ends it.
std::string_view cut_quoted(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
  const std::string_view key = cut(rest, std::min(end, rest.size()));
  cut(rest, 2);
  return key;
}

}  // namespace

std::string declared_path(const CatalogueView& catalogue, std::uint32_t event, std::string_view path) {
  if (path.empty()) return {};
  std::string shown = "$";
  if (event >= catalogue.event_count()) return shown;
  SchemaWalk walk(catalogue.bytes().data(), catalogue.event(event).schema);
  path.remove_prefix(1);
  while (!path.empty() && !walk.is_lost()) {
    if (path.starts_with("[\"")) {
      cut(path, 2);
      const std::string_view key = cut_quoted(path);
      shown += walk.enter(key) ? "[\"" + std::string(key) + "\"]" : ".*";
    } else if (path.front() == '[') {
      std::uint32_t index = 0;
      std::from_chars(path.data() + 1, path.data() + path.size(), index);
      cut(path, std::min(path.find(']'), path.size() - 1) + 1);
      walk.enter(index);
      shown += "[*]";
    } else {
      cut(path, 1);
      const auto end = std::find_if_not(path.begin(), path.end(), is_of_identifier);
      const std::string_view key = cut(path, static_cast<std::size_t>(end - path.begin()));
      if (key.empty()) break;  // the "..." of a path that was cut
      shown += walk.enter(key) ? "." + std::string(key) : ".*";
    }
  }
  return shown;
}

}  // namespace dialogue::core
