// A refused update leaves its document as it was, but for one that was given up halfway: then all are loaded again.
#include "server/core/owner/document_keeper.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "server/core/effects/payload_check.hpp"
#include "server/core/owner/commit_queue.hpp"
#include "shared/document/view.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::core {
namespace {

constexpr std::size_t kLoadRecordsMax = 256;  ///< in one page
constexpr std::size_t kLoadBytesMax = std::size_t{1} << 20;
const std::string kNoUpdate(2, '\0');

std::optional<Error> refusal_of(document::Refusal refusal) {
  switch (refusal) {
    case document::Refusal::none:
      return std::nullopt;
    case document::Refusal::invalid:
      return Error{ErrorCode::document_invalid, "it is malformed, or beyond a limit of its form", {}};
    case document::Refusal::hole:
      return Error{ErrorCode::document_hole, {}, {}};
    case document::Refusal::too_large:
      return Error{ErrorCode::document_too_large, {}, {}};
    case document::Refusal::too_costly:
      return Error{ErrorCode::document_too_costly, {}, {}};
  }
  return std::nullopt;
}

/// A root that is not of the document.
std::optional<std::string> unknown_root(const document::Update& update, const std::vector<DocumentRoot>& roots) {
  for (const document::Ref& ref : update.refs) {
    if (ref.parent != document::Ref::Parent::root) continue;
    if (std::none_of(roots.begin(), roots.end(), [&](const DocumentRoot& root) { return root.name == ref.root; }))
      return std::string(ref.root);
  }
  return std::nullopt;
}

void note_authors(RoomDocument& kept, const document::Update& update, const std::string& user_id) {
  for (const document::Block& block : update.blocks) kept.authors.try_emplace(block.client, user_id);
}

document::TypeKind type_of(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::text:
      return document::TypeKind::text;
    case DocumentKind::map:
      return document::TypeKind::map;
    case DocumentKind::array:
      return document::TypeKind::array;
    case DocumentKind::xml:
      return document::TypeKind::xml_fragment;
  }
  return document::TypeKind::text;
}

/// What a root shows where nothing was ever in it.
std::string_view empty_json(DocumentKind kind) {
  return kind == DocumentKind::map ? "{}" : kind == DocumentKind::array ? "[]" : R"("")";
}

}  // namespace

/// A room's documents while its log is read.
struct DocumentKeeper::Loading {
  std::uint64_t number = 0, head = 0, next = 1;
  RoomKey key;
  bool durable = false;
  std::unique_ptr<RoomDocuments> documents;
  SnapshotReader snapshots;
  std::set<std::uint32_t> incomplete;
  std::function<void(Room&, ErrorCode)> then;
};

void DocumentKeeper::load(Room& room, bool durable, const RoomLogState& state, std::function<void(Room&, ErrorCode)> then) {
  const auto loading = std::make_shared<Loading>();
  loading->number = room.number();
  loading->head = state.head;
  loading->key = room.key();
  loading->durable = durable;
  loading->then = std::move(then);
  loading->documents = std::move(room.documents);
  const auto& known = loading->documents;
  const bool is_part = known && known->epoch == state.epoch && known->head <= state.head && !known->is_ahead;
  if (!is_part) loading->documents = std::make_unique<RoomDocuments>();
  loading->documents->epoch = state.epoch;
  loading->next = std::max(loading->documents->head + 1, state.base);
  for (const auto& [event, kept] : loading->documents->by_event)
    if (kept.is_damaged) loading->incomplete.insert(event);
  read_on(loading);
}

void DocumentKeeper::read_on(const std::shared_ptr<Loading>& loading) {
  if (loading->next > loading->head) return finish(*loading, ErrorCode::ok);
  ReadRange range;
  range.key = loading->key;
  range.epoch = loading->documents->epoch;
  range.from_seq = loading->next;
  range.records_max = kLoadRecordsMax;
  range.bytes_max = kLoadBytesMax;
  range.purpose = ReadPurpose::catch_up;
  stores_.read(loading->durable, std::move(range), [this, loading](LogPage&& page) {
    if (page.status != StoreStatus::ok) return finish(*loading, error_of(page.status));
    for (LogRecord& record : page.records)
      if (record.seq <= loading->head) take(*loading, std::move(record));
    if (page.last < page.first) return finish(*loading, ErrorCode::ok);
    loading->next = page.last + 1;
    read_on(loading);
  });
}

void DocumentKeeper::take(Loading& loading, LogRecord&& record) const {
  auto& by_event = loading.documents->by_event;
  if (record.event == kSnapshotEvent) {
    auto snapshot = loading.snapshots.take(record);
    const auto event = snapshot ? config_.catalogue.find_event(snapshot->event) : std::nullopt;
    if (!event || !is_document(*event)) return;
    by_event.erase(*event);
    RoomDocument& kept = by_event[*event];
    kept.authors = std::move(snapshot->authors);
    kept.has_snapshot = true;
    if (kept.document.apply(snapshot->update, nullptr) == document::Refusal::none)
      loading.incomplete.erase(*event);
    else
      loading.incomplete.insert(*event);
    return;
  }
  const auto event = config_.catalogue.find_event(record.event);
  const auto update = event && is_document(*event) ? update_of(record.payload) : std::nullopt;
  if (!update) return;
  RoomDocument& kept = by_event[*event];
  if (kept.document.apply(*update, nullptr) != document::Refusal::none) loading.incomplete.insert(*event);
  document::Update parts;
  if (parts.read(*update)) note_authors(kept, parts, record.from);
  ++kept.updates;
  kept.bytes += update->size();
}

void DocumentKeeper::finish(Loading& loading, ErrorCode code) {
  Room* const room = rooms_.find(loading.number);
  if (room == nullptr) return;
  if (code == ErrorCode::ok) {
    for (auto& [event, kept] : loading.documents->by_event) {
      kept.is_damaged = loading.incomplete.contains(event);
      if (kept.is_damaged)
        effects_.log(LogLevel::error, "document_damaged",
                     {{"room", room->id()}, {"event_name", std::string(config_.catalogue.event(event).name)}});
    }
    loading.documents->head = loading.head;
    room->documents = std::move(loading.documents);
  }
  loading.then(*room, code);
}

std::string DocumentKeeper::deletion_of(const RoomDocument& kept, const std::string& user_id) {
  std::vector<std::uint64_t> clients;
  for (const auto& [client, user] : kept.authors)
    if (user == user_id) clients.push_back(client);
  return kept.document.deletion_of(clients);
}

std::optional<Error> DocumentKeeper::apply(Room& room, PendingAppend& outgoing) {
  RoomDocument& kept = room.documents->by_event[outgoing.event];
  if (kept.is_damaged) return Error{ErrorCode::history_damaged, {}, {}};
  auto fault = judge(kept, outgoing);
  if (!fault || kept.document.is_spoiled()) room.documents->is_ahead = true;
  if (effects_.effect_log() != nullptr) fault = effects_.effect_log()->validated(std::move(fault));
  return fault;
}

std::optional<Error> DocumentKeeper::judge(RoomDocument& kept, PendingAppend& outgoing) {
  const auto update = outgoing.erases_author ? deletion_of(kept, *outgoing.erases_author) : update_of(outgoing.payload);
  document::Update parts;
  if (!update || !parts.read(*update)) return refusal_of(document::Refusal::invalid);
  if (const auto root = unknown_root(parts, *events_.roots_of(outgoing.event)))
    return Error{ErrorCode::document_invalid, "its root \"" + *root + "\" is not declared", {}};
  std::string made;
  if (const auto refusal = kept.document.apply(*update, &made); refusal != document::Refusal::none) return refusal_of(refusal);
  if (outgoing.erases_author)
    std::erase_if(kept.authors, [&](const auto& author) { return author.second == *outgoing.erases_author; });
  else
    note_authors(kept, parts, outgoing.from);
  std::string payload = update_payload(made.empty() ? kNoUpdate : made);
  // What it deletes within other types can be more than it says itself.
  const bool fits = payload.size() <= config_.limits.message_bytes_max - kEventEnvelopeBytesMax;
  outgoing.payload = fits ? std::move(payload) : update_payload(*update);
  ++kept.updates;
  kept.bytes += update->size();
  return std::nullopt;
}

std::vector<LogRecord> DocumentKeeper::snapshot_after(Room& room, const PendingAppend& outgoing) {
  RoomDocument& kept = room.documents->by_event[outgoing.event];
  const bool is_due =
      !kept.has_snapshot || kept.updates >= kSnapshotUpdates || kept.bytes >= std::max(kSnapshotBytes, kept.document.bytes());
  if (!is_due && !outgoing.erases_author) return {};
  kept.updates = kept.bytes = 0;
  kept.has_snapshot = true;
  return snapshot_of(config_.catalogue.event(outgoing.event).name, kept);
}

bool DocumentKeeper::has_to_load(const Room& room) {
  if (!room.documents) return true;
  const auto& all = room.documents->by_event;
  return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.second.document.is_spoiled(); });
}

void DocumentKeeper::settled(Room& room, bool is_written) {
  if (!room.documents) return;
  if (is_written && !has_to_load(room)) {
    room.documents->head = room.log.head;
    room.documents->is_ahead = false;
    return;
  }
  room.documents.reset();
  room.log.phase = RoomLog::Phase::closed;
}

DocumentQuery::Result DocumentKeeper::read(const Room& room, const DocumentQuery& query) const {
  DocumentQuery::Result result;
  result.epoch = room.log.epoch;
  result.seq = room.log.head;
  const auto event = config_.catalogue.find_event(query.event);
  const auto* const roots = event ? events_.roots_of(*event) : nullptr;
  if (roots == nullptr || !room.rules()->slot_of(*event)) {
    result.fault = {ErrorCode::request_invalid, query.event + " is not a document of this room", {}};
    return result;
  }
  static const RoomDocument kEmpty;
  const auto found = room.documents->by_event.find(*event);
  const RoomDocument& kept = found == room.documents->by_event.end() ? kEmpty : found->second;
  if (kept.is_damaged) {
    result.fault = {ErrorCode::history_damaged, {}, {}};
    return result;
  }
  result.state_vector = kept.document.state_vector();
  if (query.since && !kept.document.encode_since(*query.since, result.update)) {
    result.fault = {ErrorCode::request_invalid, "since is not a state vector", {}};
    return result;
  }
  if (!query.wants_roots) return result;
  JsonText json;
  for (const DocumentRoot& root : *roots) {
    const document::Type* const type = kept.document.root(root.name);
    json.raw(root.name, type == nullptr ? empty_json(root.kind) : document::json_of(*type, type_of(root.kind)));
  }
  result.roots = json.take();
  return result;
}

}  // namespace dialogue::core
