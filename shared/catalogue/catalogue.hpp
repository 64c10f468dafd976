// The catalogue: events and rooms as one flat, canonical table of bytes with a fingerprint. Both ends read the same bytes.
// make_catalogue (shared/catalogue/catalogue_builder.hpp, native) writes it; CatalogueView reads it in place and owns nothing:
// the bytes must outlive the view. parse() checks every byte once, so a view that parsed never reads outside its bytes, no matter
// who sent them. Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "shared/schema/definitions.hpp"

namespace dialogue {

class CatalogueView {
 public:
  struct Event {
    std::string_view name;
    Delivery delivery;
    /// Delivery::latest: the property whose value is the key; empty: one per event. Delivery::call: see kCallKindNames.
    std::string_view latest_key;
    std::uint32_t schema;  ///< node; for NodeView (shared/schema/catalogue_layout.hpp)
  };
  /// Indexes of events, ascending.
  class EventList {
   public:
    explicit EventList(const std::uint8_t* at) : at_(at) {}
    [[nodiscard]] std::uint32_t size() const;
    [[nodiscard]] std::uint32_t operator[](std::uint32_t position) const;
    [[nodiscard]] bool contains(std::uint32_t event) const;

   private:
    const std::uint8_t* at_;
  };
  struct Room {
    std::string_view id, name;
    std::uint64_t max_size;  ///< members; 0: unbounded
    EventList events;
    EventList subscriptions;  ///< the events of a member without explicit subscriptions
  };

  CatalogueView() = default;  ///< no events, no rooms

  /// Reads a catalogue; returns no value if the bytes are incomplete or malformed.
  [[nodiscard]] static std::optional<CatalogueView> parse(std::span<const std::uint8_t> bytes);

  /// First 52 bits of the SHA-256 of the canonical bytes; equal on both ends when the agreement is. Stored, not computed here.
  [[nodiscard]] std::uint64_t fingerprint() const;
  [[nodiscard]] std::uint32_t event_count() const;
  [[nodiscard]] std::uint32_t room_count() const;
  [[nodiscard]] Event event(std::uint32_t index) const;  ///< index < event_count(); events are sorted by name
  [[nodiscard]] Room room(std::uint32_t index) const;    ///< index < room_count(); rooms are sorted by id
  [[nodiscard]] std::optional<std::uint32_t> find_event(std::string_view name) const;
  /// The same among all entries, those of calls included.
  [[nodiscard]] std::optional<std::uint32_t> find_entry(std::string_view name) const;
  /// Whether an index of the catalogue is an event's, and not that of a call's value.
  [[nodiscard]] bool is_event(std::uint32_t index) const {
    return index < event_count() && event(index).delivery != Delivery::call;
  }
  /// The definition that serves room `id`: exact beats pattern, then the longest literal prefix.
  [[nodiscard]] std::optional<std::uint32_t> match_room(std::string_view id) const;
  [[nodiscard]] bool room_allows(std::uint32_t room, std::uint32_t event) const;
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  explicit CatalogueView(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::span<const std::uint8_t> bytes_;
};

}  // namespace dialogue
