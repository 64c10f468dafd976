// The catalogue: events and rooms as one flat, canonical table of bytes with a fingerprint. Both ends read the same bytes.
// make_catalogue (shared/catalogue_builder.hpp, native) writes it; CatalogueView reads it in place and owns nothing: the bytes must
// outlive the view. parse() checks every offset, so a view that parsed never reads outside its bytes, whoever sent them.
// Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shared/definitions.hpp"

namespace dialogue {

class CatalogueView {
 public:
  struct Event { std::string_view name; Delivery delivery; std::uint32_t schema_offset; };
  struct Room { std::string_view id, name; std::uint64_t max_size; std::span<const std::uint8_t> events; };  ///< max_size 0: unbounded

  /// Nothing when the bytes are not a whole, well-formed catalogue.
  [[nodiscard]] static std::optional<CatalogueView> parse(std::span<const std::uint8_t> bytes);

  /// First 52 bits of the SHA-256 of the canonical bytes; equal on both ends when the agreement is.
  [[nodiscard]] std::uint64_t fingerprint() const;
  [[nodiscard]] std::uint32_t event_count() const;
  [[nodiscard]] std::uint32_t room_count() const;
  [[nodiscard]] Event event(std::uint32_t index) const;           ///< index < event_count(); events are sorted by name
  [[nodiscard]] Room room(std::uint32_t index) const;             ///< index < room_count(); rooms are sorted by id
  [[nodiscard]] std::optional<std::uint32_t> find_event(std::string_view name) const;
  /// The definition that serves room `id`: exact beats pattern, then the longest literal prefix.
  [[nodiscard]] std::optional<std::uint32_t> match_room(std::string_view id) const;
  [[nodiscard]] bool room_allows(std::uint32_t room, std::uint32_t event) const;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace dialogue
