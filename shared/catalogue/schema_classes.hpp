// The second step from a schema graph to the catalogue: nodes that no payload can distinguish become one (partition refinement,
// as in the minimization of automata), numbered in the order in which the roots reach them. Native only; used by
// catalogue_builder.cpp. Why: docs/decisions/010-catalogue-canonical-form.md. Pure; safe from any thread.
#pragma once
#include "shared/catalogue/schema_normal_form.hpp"

namespace dialogue {

/// Returns `form` with one node for each class of equal nodes. Graphs with the same meaning give equal results.
[[nodiscard]] NormalForm reduce_to_classes(const NormalForm& form);

}  // namespace dialogue
