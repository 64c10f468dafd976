// Nodes that no payload can distinguish become one: as many as a division that looks at every node in every round finds.
#include "shared/catalogue/schema_classes.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "tests/shared/support/random_source.hpp"

namespace {

using namespace dialogue;

/// Objects with two properties, or strings of some lengths.
NormalForm random_form(testing::Random& random, std::size_t count) {
  NormalForm form;
  for (std::size_t i = 0; i < count; ++i) {
    NormalNode& node = form.nodes.emplace_back();
    node.types = random.chance(25) ? kString : kObject;
    const auto any = [&] { return static_cast<NodeIndex>(random.below(count)); };
    if (node.types == kString)
      node.counts[0] = static_cast<std::uint32_t>(random.below(2));
    else
      node.properties = {{"a", any(), true}, {"b", any(), true}};
  }
  form.roots = {0, static_cast<NodeIndex>(count - 1)};
  return form;
}

void mark(const NormalForm& form, NodeIndex index, std::vector<bool>& reached) {
  if (reached[index]) return;
  reached[index] = true;
  for (const NormalProperty& property : form.nodes[index].properties) mark(form, property.node, reached);
}

std::size_t classes_by_rounds(const NormalForm& form) {
  std::vector<bool> reached(form.nodes.size());
  for (const NodeIndex root : form.roots) mark(form, root, reached);
  std::vector<std::size_t> class_of(form.nodes.size());
  for (std::size_t i = 0; i < form.nodes.size(); ++i)
    class_of[i] = form.nodes[i].types == kObject ? 0 : 1 + *form.nodes[i].counts[0];
  for (std::size_t before = 0;;) {
    std::map<std::vector<std::size_t>, std::size_t> keys;
    std::vector<std::size_t> refined(form.nodes.size());
    for (std::size_t i = 0; i < form.nodes.size(); ++i) {
      if (!reached[i]) continue;
      std::vector<std::size_t> key = {class_of[i]};
      for (const NormalProperty& property : form.nodes[i].properties) key.push_back(class_of[property.node]);
      refined[i] = keys.emplace(std::move(key), keys.size()).first->second;
    }
    class_of = std::move(refined);
    if (keys.size() == before) return before;
    before = keys.size();
  }
}

}  // namespace

TEST_CASE("the classes of random schemas are those of a division by rounds") {
  testing::Random random(67'012);
  for (int i = 0; i < 2'000; ++i) {
    const NormalForm form = random_form(random, 1 + random.below(24));
    const NormalForm reduced = reduce_to_classes(form);
    CHECK(reduced.nodes.size() == classes_by_rounds(form));
    CHECK(reduce_to_classes(reduced).nodes.size() == reduced.nodes.size());
  }
}

TEST_CASE("F-Y12 a chain of schemas, each another one, is divided in time") {
  constexpr NodeIndex kCount = 8'000;
  NormalForm form;
  for (NodeIndex i = 0; i < kCount; ++i) {
    NormalNode& node = form.nodes.emplace_back();
    node.types = kObject;
    if (i + 1 < kCount) node.properties = {{"next", i + 1, true}};
  }
  form.roots = {0};
  CHECK(reduce_to_classes(form).nodes.size() == kCount);
}
