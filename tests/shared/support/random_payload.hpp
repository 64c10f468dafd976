// Random payloads with everything that a schema may let through: U+0000 and the other control characters, escapes, repeated keys,
// numbers beyond doubles' precision. A tree, and the text that JsonTreeWriter spells it as.
#pragma once
#include <string>

#include "tests/shared/support/json_value.hpp"

namespace dialogue::testing {

class RandomPayload {
 public:
  explicit RandomPayload(Random& random) : random_(random) {}

  /// A key or text: few different ones, so that keys repeat and texts are equal.
  std::string text() {
    std::string made = random_.pick({"", "a", "b", "key", "darn", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xef\xbf\xbf"});
    while (random_.chance(30)) made += static_cast<char>(random_.below(0x21));
    return made;
  }

  JsonTree value(std::size_t depth = 0) {
    constexpr std::size_t kDepthMax = 4, kItemsMax = 5, kKinds = 6;
    switch (random_.below(depth < kDepthMax ? kKinds : kKinds - 2)) {
      case 0:
        return {};
      case 1:
        return JsonTree::of_boolean(random_.chance(50));
      case 2:
        return JsonTree::of_number(random_.pick({"0", "1", "-3", "1.5", "9007199254740993", "-1e-7"}));
      case 3:
        return JsonTree::of_string(text());
      case 4: {
        JsonTree array = JsonTree::of_kind(JsonTree::Kind::array);
        for (std::size_t i = random_.below(kItemsMax); i > 0; --i) array.items.push_back(value(depth + 1));
        return array;
      }
      default:
        return object(depth);
    }
  }

  JsonTree object(std::size_t depth = 0) {
    constexpr std::size_t kMembersMax = 6;
    JsonTree object = JsonTree::of_kind(JsonTree::Kind::object);
    for (std::size_t i = random_.below(kMembersMax); i > 0; --i) {
      std::string key = text();
      object.members.emplace_back(std::move(key), value(depth + 1));
    }
    return object;
  }

 private:
  Random& random_;
};

/// The value of a key: of a repeated one the last; null if the object lacks it.
inline const JsonTree* member_of(const JsonTree& object, std::string_view key) {
  const JsonTree* found = nullptr;
  for (const JsonMember& member : object.members)
    if (member.first == key) found = &member.second;
  return found;
}

}  // namespace dialogue::testing
