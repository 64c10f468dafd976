// Any bytes as up to eight updates of a document, each with its length in two bytes before it: applied, or refused without a
// change. What was new is an update of its own, and the whole document one, too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shared/document/document.hpp"
#include "shared/document/view.hpp"

namespace {

using namespace dialogue::document;

void check(bool is_so) {
  if (!is_so) std::abort();
}

/// A document of these updates, none of which may be refused.
std::string encoded(std::string_view first, std::string_view second) {
  Document document;
  check(document.apply(first, nullptr) == Refusal::none);
  if (!second.empty()) check(document.apply(second, nullptr) == Refusal::none);
  return document.state_vector();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr int kUpdates = 8;
  std::string_view left(reinterpret_cast<const char*>(data), size);
  Document document;
  std::string fresh;
  for (int count = 0; count < kUpdates && left.size() > 2; ++count) {
    const std::size_t length = static_cast<std::uint8_t>(left[0]) + 256u * static_cast<std::uint8_t>(left[1]);
    left.remove_prefix(2);
    const std::string_view update = left.substr(0, length);
    left.remove_prefix(update.size());
    const std::string before = document.encode();
    const Refusal refusal = document.apply(update, &fresh);
    if (document.is_spoiled()) return 0;
    if (refusal != Refusal::none) {
      check(document.encode() == before);
    } else if (!fresh.empty()) {
      check(encoded(before, fresh) == document.state_vector());
    }
  }
  check(encoded(document.encode(), {}) == document.state_vector());
  for (const auto& [name, root] : document.roots())
    for (const TypeKind kind : {TypeKind::array, TypeKind::map, TypeKind::text, TypeKind::xml_fragment})
      static_cast<void>(json_of(*root, kind));
  return 0;
}
