// Look-ups in a checked catalogue. Nothing here looks at a bound again.
#include "shared/catalogue/catalogue.hpp"

#include "shared/base/names.hpp"
#include "shared/catalogue/catalogue_check.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {

std::optional<CatalogueView> CatalogueView::parse(std::span<const std::uint8_t> bytes) {
  if (!is_well_formed_catalogue(bytes)) return std::nullopt;
  return CatalogueView(bytes);
}

std::uint64_t CatalogueView::fingerprint() const { return bytes_.empty() ? 0 : read_long(bytes_.data() + kFingerprintOffset); }
std::uint32_t CatalogueView::event_count() const { return bytes_.empty() ? 0 : read_word(bytes_.data() + kEventCountOffset); }
std::uint32_t CatalogueView::room_count() const { return bytes_.empty() ? 0 : read_word(bytes_.data() + kRoomCountOffset); }

CatalogueView::Event CatalogueView::event(std::uint32_t index) const {
  const Words record{bytes_.data() + kHeaderBytes + index * kEventBytes};
  return {text_at(bytes_.data(), record[0]), static_cast<Delivery>(record[1]), text_at(bytes_.data(), record[2]), record[3]};
}

CatalogueView::Room CatalogueView::room(std::uint32_t index) const {
  const Words record{bytes_.data() + kHeaderBytes + event_count() * kEventBytes + index * kRoomBytes};
  return {text_at(bytes_.data(), record[0]), text_at(bytes_.data(), record[1]), read_long(record.from(2).at),
          EventList(bytes_.data() + record[4]), EventList(bytes_.data() + record[5])};
}

std::uint32_t CatalogueView::EventList::size() const { return read_word(at_); }

std::uint32_t CatalogueView::EventList::operator[](std::uint32_t position) const {
  const std::uint8_t* const entry = at_ + 4 + 2 * position;
  return static_cast<std::uint32_t>(entry[0] | entry[1] << 8);
}

bool CatalogueView::EventList::contains(std::uint32_t event) const {
  std::uint32_t low = 0, high = size();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    if ((*this)[middle] < event)
      low = middle + 1;
    else
      high = middle;
  }
  return low < size() && (*this)[low] == event;
}

std::optional<std::uint32_t> CatalogueView::find_event(std::string_view name) const {
  const auto found = find_entry(name);
  return found && is_event(*found) ? found : std::nullopt;
}

std::optional<std::uint32_t> CatalogueView::find_entry(std::string_view name) const {
  std::uint32_t low = 0, high = event_count();
  while (low < high) {
    const std::uint32_t middle = (low + high) / 2;
    const int order = event(middle).name.compare(name);
    if (order == 0) return middle;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> CatalogueView::match_room(std::string_view id) const {
  std::optional<std::uint32_t> best;
  std::size_t best_prefix = 0, best_length = 0;
  for (std::uint32_t i = 0; i < room_count(); ++i) {
    const std::string_view pattern = room(i).id;
    if (!matches_room_pattern(pattern, id)) continue;
    if (pattern == id) return i;
    // Of two patterns with the same prefix the one with the longer end says more.
    const std::size_t prefix = literal_prefix_length(pattern), length = literal_length(pattern);
    if (!best || prefix > best_prefix || (prefix == best_prefix && length > best_length)) {
      best = i;
      best_prefix = prefix;
      best_length = length;
    }
  }
  return best;
}

bool CatalogueView::room_allows(std::uint32_t room_index, std::uint32_t event_index) const {
  return room(room_index).events.contains(event_index);
}

}  // namespace dialogue
