// Whether all of an update can be applied, decided by its ids alone and before anything changes.
#include <algorithm>

#include "shared/document/document.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

Block* Document::block_of(std::uint64_t client) {
  const auto found = std::lower_bound(update_.blocks.begin(), update_.blocks.end(), client,
                                      [](const Block& block, std::uint64_t id) { return block.client < id; });
  return found != update_.blocks.end() && found->client == client ? &*found : nullptr;
}

/// The first place of a client that neither the document nor the steps so far have.
std::uint64_t Document::reached(std::uint64_t client) {
  const Block* block = block_of(client);
  return block == nullptr ? store_.end_of(client) : block->reached;
}

/// Returns another client whose places are needed before this ref; kNoClient: none is.
std::uint64_t Document::missing_of(const Ref& ref) {
  for (const Id& id : {ref.origin, ref.right_origin, ref.parent_id})
    if (id.is_set() && id.client != ref.id.client && id.clock >= reached(id.client)) return id.client;
  return kNoClient;
}

/// Puts the refs into an order in which each ref's neighbours come before it, like Yjs, so that structs are cut at equal
/// places. Returns false if a ref needs a struct that neither the document nor the update has.
bool Document::order() {
  for (Block& block : update_.blocks) {
    block.next = block.first;
    block.reached = store_.end_of(block.client);
  }
  std::vector<const Ref*> waiting;  // each ref is needed by the previous ref of this list
  for (auto block = update_.blocks.rbegin(); block != update_.blocks.rend(); ++block)
    while (block->next < block->last) {
      waiting.push_back(&update_.refs[block->next++]);
      while (!waiting.empty()) {
        const Ref& ref = *waiting.back();
        Block& own = *block_of(ref.id.client);
        const bool is_known = ref.content.kind == Kind::skip || ref.end() <= own.reached;
        if (!is_known && ref.id.clock > own.reached) return false;
        if (const std::uint64_t client = is_known ? kNoClient : missing_of(ref); client != kNoClient) {
          Block* other = block_of(client);
          if (other == nullptr || other->next == other->last) return false;
          waiting.push_back(&update_.refs[other->next++]);
          continue;
        }
        if (!is_known) {
          steps_.push_back({&ref, own.reached - ref.id.clock});
          own.reached = ref.end();
        }
        waiting.pop_back();
      }
    }
  return true;
}

/// The ref with a place that the update has.
const Ref& Document::ref_at(const Id& id) {
  const Block* block = block_of(id.client);
  const auto begin = update_.refs.begin();
  const auto after =
      std::upper_bound(begin + static_cast<std::ptrdiff_t>(block->first), begin + static_cast<std::ptrdiff_t>(block->last),
                       id.clock, [](std::uint64_t clock, const Ref& ref) { return clock < ref.id.clock; });
  return *(after - 1);
}

/// Returns the number of types around the struct with this place; -1 if it is or will be collected.
std::int64_t Document::depth_at(const Id& id) {
  if (store_.has(id)) {
    const Item* item = store_.at(id);
    return item->kind == Kind::collected ? -1 : static_cast<std::int64_t>(item->parent->depth);
  }
  return depths_[static_cast<std::size_t>(&ref_at(id) - update_.refs.data())];
}

/// Whether no type would be deeper than kTypeDepthMax. The steps are in order, so that each one's neighbours are computed before
/// it.
bool Document::is_shallow() {
  const auto is_type = [](const Step& step) { return step.ref->content.kind == Kind::type; };
  if (std::none_of(steps_.begin(), steps_.end(), is_type)) return true;
  depths_.assign(update_.refs.size(), -1);
  for (const auto& [ref, offset] : steps_) {
    std::int64_t depth = -1;
    const Kind kind = ref->content.kind;
    if (kind == Kind::collected) continue;
    if (offset > 0) {
      depth = depth_at({ref->id.client, ref->id.clock + offset - 1});
    } else if (ref->parent == Ref::Parent::root) {
      depth = 0;
    } else if (ref->parent == Ref::Parent::item) {
      const std::int64_t outer = depth_at(ref->parent_id);
      const bool is_new = !store_.has(ref->parent_id);
      const bool holds = is_new ? ref_at(ref->parent_id).content.kind == Kind::type : store_.at(ref->parent_id)->type != nullptr;
      if (outer >= 0 && holds) depth = outer + 1;
    } else {
      const std::int64_t left = ref->origin.is_set() ? depth_at(ref->origin) : -1;
      const std::int64_t right = ref->right_origin.is_set() ? depth_at(ref->right_origin) : -1;
      const bool is_collected = (ref->origin.is_set() && left < 0) || (ref->right_origin.is_set() && right < 0);
      if (!is_collected) depth = ref->origin.is_set() ? left : right;
    }
    if (kind == Kind::type && depth >= static_cast<std::int64_t>(kTypeDepthMax)) return false;
    depths_[static_cast<std::size_t>(ref - update_.refs.data())] = depth;
  }
  return true;
}

/// Whether the document stays within its bounds.
Refusal Document::fits() const {
  std::size_t bytes = bytes_;
  std::set<std::string_view> roots;
  for (const auto& [ref, offset] : steps_) {
    bytes += ref->content.bytes.size();
    if (ref->parent == Ref::Parent::root && !roots_.contains(ref->root)) roots.insert(ref->root);
  }
  const auto is_new = [this](const Block& block) { return store_.end_of(block.client) == 0; };
  const auto new_clients = static_cast<std::size_t>(std::count_if(update_.blocks.begin(), update_.blocks.end(), is_new));
  const bool fits = bytes <= kDocumentBytesMax && store_.clients().size() + new_clients <= kClientsMax &&
                    roots_.size() + roots.size() <= kRootsMax && store_.size() + steps_.size() <= kDocumentItemsMax;
  return fits ? Refusal::none : Refusal::too_large;
}

Refusal Document::plan() {
  steps_.clear();
  if (!order()) return Refusal::hole;
  for (const Range& range : update_.deletions)
    if (range.end() > reached(range.client)) return Refusal::hole;
  return is_shallow() ? fits() : Refusal::too_large;
}

}  // namespace dialogue::document
