// What follows a change: deleted content is collected, and neighbours that one struct can hold are joined. In the order of Yjs,
// so that structs are cut alike and both encode to equal bytes.
#include <algorithm>

#include "shared/document/document.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

void Document::begin() {
  before_.clear();
  deleted_.clear();
  to_join_.clear();
  cost_ = 0;
  constexpr std::uint32_t kMarksMax = std::uint32_t{1} << 31;
  if (mark_ < kMarksMax) return;
  mark_ = 0;
  for (const auto& [client, structs] : store_.clients())
    for (Item* item : structs) item->seen = item->conflicts = 0;
}

/// The end of a client's places before the change.
std::uint64_t Document::before(std::uint64_t client) const {
  const auto found = before_.find(client);
  return found == before_.end() ? store_.end_of(client) : found->second;
}

bool Document::join(Item* left, Item* right) const {
  if (left->kind != right->kind || left->is_deleted != right->is_deleted || !is_joinable(left->kind)) return false;
  if (left->kind == Kind::collected) {
    left->length += right->length;
    return true;
  }
  if (!(right->origin == left->last()) || left->right != right || !(left->right_origin == right->right_origin) ||
      left->end() != right->id.clock)
    return false;
  left->bytes += right->bytes;
  left->right = right->right;
  if (left->right != nullptr) left->right->left = left;
  left->length += right->length;
  return true;
}

/// Joins the struct at `index` with those before it; returns how many are gone.
std::size_t Document::join_lefts(Structs& structs, std::size_t index) {
  std::size_t first = index;
  for (; first > 0; --first) {
    Item* right = structs[first];
    Item* left = structs[first - 1];
    if (!join(left, right)) break;
    if (right->kind != Kind::collected && right->key != nullptr) {
      Item*& newest = right->parent->keys[*right->key];
      if (newest == right) newest = left;
    }
  }
  const auto at = structs.begin();
  for (std::size_t gone = first + 1; gone <= index; ++gone) store_.release(structs[gone]);
  structs.erase(at + static_cast<std::ptrdiff_t>(first) + 1, at + static_cast<std::ptrdiff_t>(index) + 1);
  return index - first;
}

/// Forgets the content of a deleted item; `with_place`: also its place, for the items of a type that is gone.
void Document::collect(Item* item, bool with_place) {
  if (item->kind == Kind::collected) return;
  if (item->type != nullptr) {
    Type& type = *item->type;
    for (Item* child = type.start; child != nullptr;) {
      Item* next = child->right;
      collect(child, true);
      child = next;
    }
    for (const auto& [key, newest] : type.keys)
      for (Item* child = newest; child != nullptr;) {
        Item* next = child->left;
        collect(child, true);
        child = next;
      }
    item->type.reset();
  }
  bytes_ -= item->bytes.size();
  item->bytes = std::string();
  item->kind = Kind::deleted;
  if (with_place) item->forget();
}

void Document::collect_deleted() {
  for (const auto& [client, ranges] : deleted_) {
    Structs& structs = store_.of(client);
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range)
      for (std::size_t index = index_of(structs, range->clock); index < structs.size(); ++index) {
        Item* item = structs[index];
        if (item->id.clock >= range->end()) break;
        if (item->is_deleted) collect(item, false);
      }
  }
}

void Document::join_deleted() {
  for (const auto& [client, ranges] : deleted_) {
    Structs& structs = store_.of(client);
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
      std::size_t index = std::min(structs.size() - 1, 1 + index_of(structs, range->end() - 1));
      while (index > 0 && structs[index]->id.clock >= range->clock) {
        const std::size_t gone = join_lefts(structs, index);
        if (index <= gone) break;
        index -= 1 + gone;
      }
    }
  }
}

void Document::settle() {
  for (auto& [client, ranges] : deleted_) merge_ranges(ranges);
  collect_deleted();
  join_deleted();
  for (const auto& [client, clock] : before_) {
    Structs& structs = store_.of(client);
    const std::size_t first = std::max<std::size_t>(clock == 0 ? 0 : index_of(structs, clock), 1);
    for (std::size_t index = structs.size(); index > first;) index -= 1 + join_lefts(structs, index - 1);
  }
  for (auto id = to_join_.rbegin(); id != to_join_.rend(); ++id) {
    Structs& structs = store_.of(id->client);
    const std::size_t index = index_of(structs, id->clock);
    if (index + 1 < structs.size() && join_lefts(structs, index + 1) > 1) continue;
    if (index > 0) join_lefts(structs, index);
  }
}

}  // namespace dialogue::document
