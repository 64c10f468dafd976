// Definitions -> the catalogue's canonical bytes: the same agreement gives the same bytes, however it was written.
// Native only, at start or at build time. Reports the errors of the definitions, each with its place. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "shared/schema/definitions.hpp"

namespace dialogue {

/// An error in the definitions: its place ("event message, $.text", "room chat") and one sentence.
struct DefinitionError {
  std::string where, message;
};

struct CatalogueResult {
  std::vector<std::uint8_t> bytes;      ///< what CatalogueView::parse reads; empty when there are faults
  std::vector<DefinitionError> faults;  ///< in the order of events, calls, rooms
  [[nodiscard]] bool ok() const { return faults.empty(); }
};

/// The catalogue's entries for the values of calls and streams, and for states of presence, as events of Delivery::call.
[[nodiscard]] std::vector<EventDefinition> value_entries(const Definitions& definitions);

/// Checks `definitions` and writes their public part: event names, delivery, schemas; what calls carry; states; room ids, names,
/// sizes, events, subscriptions. Events and rooms are sorted; equal schemas become one node, so that an inlined schema, a $ref
/// and a C++ struct used twice agree.
[[nodiscard]] CatalogueResult make_catalogue(const Definitions& definitions);

}  // namespace dialogue
