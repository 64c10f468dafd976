// The algorithm of Yjs (YATA): the order of items that were inserted concurrently at one place, and deletions.
#include <algorithm>

#include "shared/document/document.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

Type& Document::root_of(std::string_view name) {
  const auto found = roots_.find(name);
  if (found != roots_.end()) return *found->second;
  Type& root = *roots_.emplace(std::string(name), std::make_unique<Type>()).first->second;
  root.name = name;
  return root;
}

Item* Document::split(Structs& structs, std::size_t index, std::uint64_t offset) {
  Item* left = structs[index];
  Item* right = store_.make();
  right->id = {left->id.client, left->id.clock + offset};
  right->length = left->length - offset;
  right->origin = {left->id.client, right->id.clock - 1};
  right->right_origin = left->right_origin;
  right->left = left;
  right->right = left->right;
  right->parent = left->parent;
  right->key = left->key;
  right->kind = left->kind;
  right->is_deleted = left->is_deleted;
  const std::size_t before = left->bytes.size();
  right->bytes = cut_content(left->kind, left->bytes, left->length, offset);
  bytes_ += left->bytes.size() + right->bytes.size() - before;
  left->length = offset;
  left->right = right;
  if (right->right != nullptr) {
    right->right->left = right;
  } else if (right->key != nullptr) {
    right->parent->keys[*right->key] = right;
  }
  structs.insert(structs.begin() + static_cast<std::ptrdiff_t>(index) + 1, right);
  to_join_.push_back(right->id);
  return right;
}

/// The struct that begins at this place. Collected ones are not split.
Item* Document::clean_start(const Id& id) {
  Structs& structs = store_.of(id.client);
  const std::size_t index = index_of(structs, id.clock);
  Item* item = structs[index];
  if (item->id.clock == id.clock || item->kind == Kind::collected) return item;
  return split(structs, index, id.clock - item->id.clock);
}

/// The struct that ends with this place.
Item* Document::clean_end(const Id& id) {
  Structs& structs = store_.of(id.client);
  const std::size_t index = index_of(structs, id.clock);
  Item* item = structs[index];
  if (item->end() != id.clock + 1 && item->kind != Kind::collected) split(structs, index, id.clock + 1 - item->id.clock);
  return item;
}

/// Sets the neighbours that the item names, and with them its parent; none if one of them was collected.
void Document::find_parent(Item* item, const Ref& ref) {
  if (item->origin.is_set()) {
    item->left = clean_end(item->origin);
    item->origin = item->left->last();
  }
  if (item->right_origin.is_set()) {
    item->right = clean_start(item->right_origin);
    item->right_origin = item->right->id;
  }
  for (const Item* neighbour : {item->left, item->right})
    if (neighbour != nullptr && neighbour->kind == Kind::collected) return;
  if (ref.parent == Ref::Parent::of_neighbours) {
    const Item* neighbour = item->left != nullptr ? item->left : item->right;
    item->parent = neighbour->parent;
    item->key = neighbour->key;
    return;
  }
  item->parent = ref.parent == Ref::Parent::root ? &root_of(ref.root) : store_.at(ref.parent_id)->type.get();
  if (item->parent != nullptr && ref.has_key) item->key = &item->parent->keys.try_emplace(std::string(ref.key)).first->first;
}

void Document::integrate(const Step& step) {
  const auto& [ref, offset] = step;
  before_.try_emplace(ref->id.client, store_.end_of(ref->id.client));
  Item* item = store_.make();
  item->id = ref->id;
  item->length = ref->content.length;
  item->kind = ref->content.kind;
  if (item->kind != Kind::collected) {
    item->bytes = ref->content.bytes;
    item->is_deleted = item->kind == Kind::deleted;
    item->origin = ref->origin;
    item->right_origin = ref->right_origin;
    if (item->kind == Kind::type) {
      item->type = std::make_unique<Type>();
      item->type->kind = ref->content.type;
      item->type->name = std::move(item->bytes);
      item->bytes.clear();
    }
    find_parent(item, *ref);
  }
  if (offset > 0) {
    item->id.clock += offset;
    if (item->kind != Kind::collected) {
      item->left = clean_end({item->id.client, item->id.clock - 1});
      item->origin = item->left->last();
      item->parent = item->left->parent;
      item->key = item->left->key;
      item->bytes = cut_content(item->kind, item->bytes, item->length, offset);
    }
    item->length -= offset;
  }
  integrate(item);
}

void Document::integrate(Item* item) {
  if (item->parent == nullptr) {
    item->forget();
    store_.append(item);
    return;
  }
  place(item);
  Type& parent = *item->parent;
  if (item->left != nullptr) {
    item->right = item->left->right;
    item->left->right = item;
  } else {
    item->right = first_beside(*item);
    if (item->key == nullptr) parent.start = item;
  }
  if (item->right != nullptr) {
    item->right->left = item;
  } else if (item->key != nullptr) {
    parent.keys[*item->key] = item;
    if (item->left != nullptr) remove(item->left);
  }
  if (item->key == nullptr && is_countable(item->kind) && !item->is_deleted) parent.length += item->length;
  bytes_ += item->bytes.size();
  store_.append(item);
  if (item->is_deleted) note_deletion(*item);
  if (item->type != nullptr) {
    item->type->item = item;
    item->type->depth = parent.depth + 1;
  }
  if ((parent.item != nullptr && parent.item->is_deleted) || (item->key != nullptr && item->right != nullptr)) remove(item);
}

/// The first of the items that an item belongs to: of its parent's list, or of its key. Null: there are none.
Item* Document::first_beside(const Item& item) {
  if (item.key == nullptr) return item.parent->start;
  Item* first = item.parent->keys[*item.key];
  for (; first != nullptr && first->left != nullptr; ++cost_) first = first->left;
  return first;
}

/// Finds the item's left neighbour: among what others inserted between its two origins, by the order of clients.
void Document::place(Item* item) {
  const bool is_free =
      item->left != nullptr ? item->left->right == item->right : item->right != nullptr && item->right->left == nullptr;
  if (is_free) return;
  Item* left = item->left;
  Item* other = left != nullptr ? left->right : first_beside(*item);
  const std::uint32_t seen = ++mark_;
  std::uint32_t conflicts = ++mark_;
  for (; other != nullptr && other != item->right; other = other->right) {
    ++cost_;
    other->seen = seen;
    other->conflicts = conflicts;
    if (item->origin == other->origin) {
      if (other->id.client < item->id.client) {
        left = other;
        conflicts = ++mark_;
      } else if (item->right_origin == other->right_origin) {
        break;
      }
    } else if (const Item* origin = other->origin.is_set() ? store_.at(other->origin) : nullptr;
               origin != nullptr && origin->seen == seen) {
      if (origin->conflicts != conflicts) {
        left = other;
        conflicts = ++mark_;
      }
    } else {
      break;
    }
  }
  item->left = left;
}

void Document::note_deletion(const Item& item) {
  deleted_[item.id.client].push_back({item.id.client, item.id.clock, item.length});
}

void Document::remove(Item* item) {
  if (item->is_deleted) return;
  if (item->key == nullptr && is_countable(item->kind)) item->parent->length -= item->length;
  item->is_deleted = true;
  note_deletion(*item);
  if (item->type != nullptr) remove_children(*item->type);
}

void Document::remove_children(Type& type) {
  const auto end = [this](Item* item) {
    if (!item->is_deleted) {
      remove(item);
    } else if (item->id.clock < before(item->id.client)) {
      to_join_.push_back(item->id);  // collected with the type, it may be joined
    }
  };
  for (Item* item = type.start; item != nullptr; item = item->right) end(item);
  for (const auto& [key, item] : type.keys)
    if (item != nullptr) end(item);
}

void Document::apply_deletions(const std::vector<Range>& ranges) {
  for (const Range& range : ranges) {
    Structs& structs = store_.of(range.client);
    std::size_t index = index_of(structs, range.clock);
    if (Item* item = structs[index]; !item->is_deleted && item->id.clock < range.clock)
      split(structs, index++, range.clock - item->id.clock);
    for (; index < structs.size() && structs[index]->id.clock < range.end(); ++index) {
      Item* item = structs[index];
      if (item->is_deleted) continue;
      if (range.end() < item->end()) split(structs, index, range.end() - item->id.clock);
      remove(item);
    }
  }
}

}  // namespace dialogue::document
