// Which events are updates of documents, and their roots. Immutable once made; used by one shard.
#pragma once
#include <cstdint>
#include <vector>

#include "shared/catalogue/catalogue.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue::core {

class DocumentEvents {
 public:
  DocumentEvents(const CatalogueView& catalogue, const Definitions& definitions) : roots_(catalogue.event_count()) {
    for (const EventDefinition& event : definitions.events)
      if (const auto index = catalogue.find_event(event.name); index && !event.document.empty()) roots_[*index] = &event.document;
  }

  /// The roots of the document that the event updates; null: of none.
  [[nodiscard]] const std::vector<DocumentRoot>* roots_of(std::uint32_t event) const {
    return event < roots_.size() ? roots_[event] : nullptr;
  }
  [[nodiscard]] bool is_among(const std::vector<std::uint32_t>& events) const {
    for (const std::uint32_t event : events)
      if (roots_of(event) != nullptr) return true;
    return false;
  }

 private:
  std::vector<const std::vector<DocumentRoot>*> roots_;  ///< by catalogue index
};

}  // namespace dialogue::core
