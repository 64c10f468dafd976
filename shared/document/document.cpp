#include "shared/document/document.hpp"

#include <algorithm>

#include "shared/document/byte_writer.hpp"
#include "shared/document/document_limits.hpp"

namespace dialogue::document {

Document::Document() = default;
Document::~Document() = default;

Refusal Document::apply(std::string_view update, std::string* out) {
  if (is_spoiled_) return Refusal::too_costly;
  begin();
  if (!update_.read(update)) return Refusal::invalid;
  if (const Refusal refusal = plan(); refusal != Refusal::none) return refusal;
  for (const Step& step : steps_) {
    integrate(step);
    if (cost_ <= kStepsMax) continue;
    is_spoiled_ = true;
    return Refusal::too_costly;
  }
  apply_deletions(update_.deletions);
  settle();
  if (out != nullptr) *out = changes();
  return Refusal::none;
}

const Type* Document::root(std::string_view name) const {
  const auto found = roots_.find(name);
  return found == roots_.end() ? nullptr : found->second.get();
}

namespace {

void put_id(std::string& out, const Id& id) {
  put_integer(out, id.client);
  put_integer(out, id.clock);
}

/// Writes a struct from its place `offset` on. `root_name`: the name of its parent, if that is a root.
void put_struct(std::string& out, const Item& item, std::uint64_t offset, const std::string* root_name) {
  const bool is_item = item.kind != Kind::collected;
  const Id origin = is_item && offset > 0 ? Id{item.id.client, item.id.clock + offset - 1} : item.origin;
  unsigned info = static_cast<unsigned>(item.kind);
  if (origin.is_set()) info |= kHasOrigin;
  if (item.right_origin.is_set()) info |= kHasRightOrigin;
  if (item.key != nullptr) info |= kHasKey;
  put_byte(out, info);
  if (origin.is_set()) put_id(out, origin);
  if (item.right_origin.is_set()) put_id(out, item.right_origin);
  if (is_item && !origin.is_set() && !item.right_origin.is_set()) {
    put_integer(out, root_name != nullptr ? 1 : 0);
    if (root_name != nullptr) {
      put_bytes(out, *root_name);
    } else {
      put_id(out, item.parent->item->id);
    }
    if (item.key != nullptr) put_bytes(out, *item.key);
  }
  put_content(out, item, offset);
}

}  // namespace

/// The structs of the clients of `since` from these places on; a client that is not in it is left out.
void Document::put_structs(std::string& out, const Clocks& since) const {
  std::vector<std::pair<Id, const Structs*>> clients;  // the first place, in the list that has it
  for (auto each = since.rbegin(); each != since.rend(); ++each)
    if (const auto& [client, clock] = *each; store_.end_of(client) > clock)
      clients.emplace_back(Id{client, clock}, &store_.clients().find(client)->second);
  put_integer(out, clients.size());
  for (const auto& [start, structs] : clients) {
    const std::size_t first = index_of(*structs, start.clock);
    put_integer(out, structs->size() - first);
    put_id(out, start);
    for (std::size_t index = first; index < structs->size(); ++index) {
      const Item& item = *(*structs)[index];
      const std::string* root_name = item.parent != nullptr && item.parent->item == nullptr ? &item.parent->name : nullptr;
      put_struct(out, item, index == first ? start.clock - item.id.clock : 0, root_name);
    }
  }
}

Document::Deletions Document::all_deletions() const {
  Deletions deletions;
  for (const auto& [client, structs] : store_.clients()) {
    std::vector<Range> ranges;
    for (const Item* item : structs) {
      if (!item->is_deleted) continue;
      if (!ranges.empty() && ranges.back().end() == item->id.clock) {
        ranges.back().length += item->length;
      } else {
        ranges.push_back({client, item->id.clock, item->length});
      }
    }
    if (!ranges.empty()) deletions.emplace(client, std::move(ranges));
  }
  return deletions;
}

namespace {

template <typename Deletions>
void put_deletions(std::string& out, const Deletions& deletions) {
  put_integer(out, deletions.size());
  for (const auto& [client, ranges] : deletions) {
    put_integer(out, client);
    put_integer(out, ranges.size());
    for (const Range& range : ranges) {
      put_integer(out, range.clock);
      put_integer(out, range.length);
    }
  }
}

}  // namespace

/// Returns what the update under way has changed, as an update; empty if it has changed nothing.
std::string Document::changes() const {
  std::string out;
  if (before_.empty() && deleted_.empty()) return out;
  put_structs(out, before_);
  put_deletions(out, deleted_);
  return out;
}

/// Returns, as an update, what a document lacks that has the places before those in `state`.
std::string Document::encode_since(const std::vector<Id>& state) const {
  Clocks since;
  for (const auto& [client, structs] : store_.clients()) since.emplace(client, 0);
  for (const Id& id : state)
    if (const auto found = since.find(id.client); found != since.end()) found->second = id.clock;
  std::string out;
  put_structs(out, since);
  put_deletions(out, all_deletions());
  return out;
}

std::string Document::encode() const { return encode_since(std::vector<Id>()); }

bool Document::encode_since(std::string_view state_vector, std::string& out) const {
  std::vector<Id> state;
  if (!read_state_vector(state_vector, state)) return false;
  out = encode_since(state);
  return true;
}

std::string Document::state_vector() const {
  const auto& clients = store_.clients();
  std::string out;
  put_integer(out, clients.size());
  for (auto client = clients.rbegin(); client != clients.rend(); ++client)
    put_id(out, {client->first, client->second.back()->end()});
  return out;
}

std::string Document::deletion_of(const std::vector<std::uint64_t>& clients) const {
  Deletions deletions;
  for (const std::uint64_t client : clients)
    if (const std::uint64_t end = store_.end_of(client); end > 0) deletions[client] = {{client, 0, end}};
  std::string out;
  put_integer(out, 0);  // no structs
  put_deletions(out, deletions);
  return out;
}

}  // namespace dialogue::document
