#include "shared/document/struct_store.hpp"

namespace dialogue::document {

Item* StructStore::make() {
  if (free_.empty()) return &memory_.emplace_back();
  Item* item = free_.back();
  free_.pop_back();
  return item;
}

void StructStore::release(Item* item) {
  *item = Item();
  free_.push_back(item);
}

std::uint64_t StructStore::end_of(std::uint64_t client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second.back()->end();
}

Item* StructStore::at(const Id& id) {
  const Structs& structs = of(id.client);
  return structs[index_of(structs, id.clock)];
}

std::size_t index_of(const Structs& structs, std::uint64_t clock) {
  std::size_t first = 0, last = structs.size() - 1;
  const std::uint64_t end = structs[last]->end();
  if (structs[last]->id.clock <= clock) return last;
  // Each look reads another place in memory. The first look is at the struct's place if all structs have one length.
  auto middle = static_cast<std::size_t>(static_cast<double>(clock) / static_cast<double>(end) * static_cast<double>(last));
  while (true) {
    const Item& item = *structs[middle];
    if (clock < item.id.clock) {
      last = middle - 1;
    } else if (clock >= item.end()) {
      first = middle + 1;
    } else {
      return middle;
    }
    middle = first + (last - first) / 2;
  }
}

}  // namespace dialogue::document
