// The "document" of an event in app.json: the roots of a document that merges. Its updates are the event's payloads.
#include <algorithm>
#include <array>

#include "server/definitions/definitions_reader.hpp"
#include "server/definitions/schema/schema_json.hpp"
#include "shared/base/limits.hpp"

namespace dialogue::definitions {
namespace {

constexpr std::size_t kRootNameBytesMax = 128;

/// What every update of a document is.
std::string update_schema() {
  return R"({"type":"object","properties":{"u":{"type":"string","format":"bytes","minBytes":2,"maxBytes":)" +
         std::to_string(kDocumentUpdateBytesMax) + R"(}},"required":["u"],"additionalProperties":false})";
}

}  // namespace

void DefinitionsReader::read_document(EventDefinition& event, const JsonLocation& site) {
  const std::size_t before = site.problems.size();
  if (site.object("a document", kDocumentKindNames)) {
    for (std::size_t kind = 0; kind < kDocumentKindNames.size(); ++kind) {
      const auto names = site.child(kDocumentKindNames[kind]);
      if (!names) continue;
      const auto roots = names->strings().value_or(std::vector<std::string>{});
      for (std::size_t i = 0; i < roots.size(); ++i) {
        const bool is_twice = std::any_of(event.document.begin(), event.document.end(),
                                          [&](const DocumentRoot& root) { return root.name == roots[i]; });
        if (roots[i].empty() || roots[i].size() > kRootNameBytesMax)
          names->child(i).fault("A root's name has 1 to 128 bytes.");
        else if (is_twice)
          names->child(i).fault("The root \"" + roots[i] + "\" is listed twice.", "A root is of one kind.");
        event.document.push_back({roots[i], static_cast<DocumentKind>(kind)});
      }
    }
    if (site.problems.size() == before && (event.document.empty() || event.document.size() > kDocumentRootsMax))
      site.fault("A document has 1 to " + std::to_string(kDocumentRootsMax) + " roots.", "Write {\"text\": [\"body\"]}.");
  }
  event.schema = load_schema(parse_json_document(update_schema()).root, site.pointer, out_.schemas, site.problems, shared_);
}

/// A document is whole only with all of its updates.
void DefinitionsReader::check_documents(RoomDefinition& room, const JsonLocation& site) {
  const auto has_document = [this](const std::string& name) {
    return std::any_of(out_.events.begin(), out_.events.end(),
                       [&](const EventDefinition& event) { return event.name == name && !event.document.empty(); });
  };
  const auto found = std::find_if(room.events.begin(), room.events.end(), has_document);
  if (found == room.events.end()) return;
  if (const auto retention = site.child("retention"))
    retention->fault("A room with the document \"" + *found + "\" has no `retention`: updates that go are parts of it.",
                     "Remove it, and bound other events by \"delivery\": {\"window\": …}.");
  room.retention = {};
}

}  // namespace dialogue::definitions
