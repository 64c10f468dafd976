// The one check of a catalogue's bytes, after which the view and the validator trust every word of them. Used by
// CatalogueView::parse. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <span>

namespace dialogue {

/// Whether `bytes` (at most kCatalogueBytesMax) are a catalogue in the form of shared/schema/catalogue_layout.hpp: everything
/// inside, in order, without gaps or overlaps, so work is linear. The fingerprint is taken as it stands.
[[nodiscard]] bool is_well_formed_catalogue(std::span<const std::uint8_t> bytes);

}  // namespace dialogue
