// The mirror image of catalogue_check.cpp: the same order, the same rows.
#include "shared/catalogue/catalogue_writer.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/sha256.hpp"
#include "shared/schema/canonical_json.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

/// Appends the parts of the layout, in the one order that catalogue_check.cpp accepts. Tables are reserved first and filled in
/// as their targets are written after them.
class Writer {
 public:
  std::vector<std::uint8_t> write(const CatalogueContent& content) {
    const auto event_count = static_cast<std::uint32_t>(content.events.size());
    const auto room_count = static_cast<std::uint32_t>(content.rooms.size());
    const auto node_count = static_cast<std::uint32_t>(content.schemas.nodes.size());
    words({kCatalogueMagic, 0, 0, 0, event_count, room_count, node_count});
    const std::size_t events = reserve(event_count * kEventBytes), rooms = reserve(room_count * kRoomBytes);
    const std::size_t slots = reserve(node_count * kNodeSlotBytes);
    for (std::uint32_t i = 0; i < event_count; ++i) event(events + i * kEventBytes, *content.events[i], content.schemas.roots[i]);
    for (std::uint32_t i = 0; i < room_count; ++i) room(rooms + i * kRoomBytes, content.rooms[i]);
    for (std::uint32_t i = 0; i < node_count; ++i) {
      set(slots + i * kNodeSlotBytes, here());
      node(content.schemas.nodes[i]);
    }
    set(4, here());
    set_fingerprint();
    return std::move(bytes_);
  }

 private:
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(bytes_.size()); }

  void set(std::size_t at, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  std::size_t reserve(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return bytes_.size() - count;
  }

  std::uint32_t word(std::uint32_t value) {
    const std::size_t at = reserve(4);
    set(at, value);
    return static_cast<std::uint32_t>(at);
  }

  void words(const std::vector<std::uint32_t>& values) {
    for (const std::uint32_t value : values) word(value);
  }

  std::uint32_t text(std::string_view value) {
    const std::uint32_t at = word(static_cast<std::uint32_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return at;
  }

  std::uint32_t event_list(const std::vector<std::uint32_t>& events) {
    const std::uint32_t at = word(static_cast<std::uint32_t>(events.size()));
    for (const std::uint32_t index : events)
      bytes_.insert(bytes_.end(), {static_cast<std::uint8_t>(index), static_cast<std::uint8_t>(index >> 8)});
    return at;
  }

  void event(std::size_t at, const EventDefinition& definition, NodeIndex root) {
    set(at, text(definition.name));
    set(at + 4, static_cast<std::uint32_t>(definition.delivery));
    set(at + 8,
        text(definition.delivery == Delivery::latest || definition.delivery == Delivery::call ? definition.latest_key : ""));
    set(at + 12, root);
  }

  void room(std::size_t at, const CatalogueContent::Room& definition) {
    set(at, text(definition.id));
    set(at + 4, text(definition.name));
    set(at + 8, static_cast<std::uint32_t>(definition.max_size));
    set(at + 12, static_cast<std::uint32_t>(definition.max_size >> 32));
    set(at + 16, event_list(definition.events));
    set(at + 20, event_list(definition.subscriptions));
  }

  void node(const NormalNode& source) {
    word(source.types | static_cast<std::uint32_t>(source.format) << 8 | (source.unique_items ? 1U << 16 : 0));
    const std::uint32_t mask = mask_of(source);
    word(mask);
    std::size_t at = reserve(4 * static_cast<std::size_t>(std::popcount(mask)));
    for (std::uint32_t bit = 0; bit < static_cast<std::uint32_t>(NodeField::kCount); ++bit) {
      if ((mask >> bit & 1) == 0) continue;
      set(at, field(source, static_cast<NodeField>(bit)));
      at += 4;
    }
  }

  static std::uint32_t mask_of(const NormalNode& source) {
    std::uint32_t mask = 0;
    const auto add = [&](NodeField field, bool present) { mask |= present ? 1U << static_cast<unsigned>(field) : 0; };
    for (std::size_t i = 0; i < source.numbers.size(); ++i) add(static_cast<NodeField>(i), source.numbers[i].has_value());
    for (std::size_t i = 0; i < source.counts.size(); ++i) add(count_field(i), source.counts[i].has_value());
    add(NodeField::pattern, source.pattern.has_value());
    add(NodeField::properties, !source.properties.empty());
    add(NodeField::additional, source.additional.has_value());
    add(NodeField::prefix_items, !source.prefix_items.empty());
    add(NodeField::items, source.items.has_value());
    add(NodeField::enumeration, !source.enumeration.empty());
    add(NodeField::one_of, source.one_of.has_value());
    return mask;
  }

  static NodeField count_field(std::size_t index) {
    return static_cast<NodeField>(index + static_cast<std::size_t>(NodeField::min_length));
  }

  /// Writes what the field's word refers to; returns the word.
  std::uint32_t field(const NormalNode& source, NodeField kind) {
    switch (kind) {
      case NodeField::pattern:
        return pattern(source);
      case NodeField::properties:
        return properties(source);
      case NodeField::additional:
        return *source.additional;
      case NodeField::prefix_items: {
        const std::uint32_t at = word(static_cast<std::uint32_t>(source.prefix_items.size()));
        words(source.prefix_items);
        return at;
      }
      case NodeField::items:
        return *source.items;
      case NodeField::enumeration:
        return enumeration(source);
      case NodeField::one_of:
        return one_of(*source.one_of);
      default:
        break;
    }
    const auto index = static_cast<std::size_t>(kind);
    if (kind < NodeField::min_length) return text(*source.numbers[index]);
    return *source.counts[index - static_cast<std::size_t>(NodeField::min_length)];
  }

  std::uint32_t pattern(const NormalNode& source) {
    const std::uint32_t at = word(0);
    words(source.pattern_program);
    set(at, text(*source.pattern));
    return at;
  }

  std::uint32_t properties(const NormalNode& source) {
    const std::uint32_t at = word(static_cast<std::uint32_t>(source.properties.size()));
    std::size_t row = reserve(12 * source.properties.size());
    for (const NormalProperty& property : source.properties) {
      set(row, text(property.name));
      set(row + 4, property.node);
      set(row + 8, property.required ? 1 : 0);
      row += 12;
    }
    return at;
  }

  std::uint32_t enumeration(const NormalNode& source) {
    std::vector<std::pair<std::uint32_t, std::string_view>> rows;
    for (const std::string& value : source.enumeration) rows.emplace_back(json_digest(value), value);
    std::sort(rows.begin(), rows.end());
    const std::uint32_t at = word(static_cast<std::uint32_t>(rows.size()));
    std::size_t row = reserve(8 * rows.size());
    for (const auto& [digest, value] : rows) {
      set(row, digest);
      set(row + 4, text(value));
      row += 8;
    }
    return at;
  }

  std::uint32_t one_of(const NormalOneOf& source) {
    const std::uint32_t at = word(0);
    words({static_cast<std::uint32_t>(source.by_tag.size()), static_cast<std::uint32_t>(source.by_type.size())});
    std::size_t row = reserve(8 * source.by_tag.size());
    for (const auto& [types, branch] : source.by_type) words({types, branch});
    set(at, text(source.tag));
    for (const auto& [value, branch] : source.by_tag) {
      set(row, text(value));
      set(row + 4, branch);
      row += 8;
    }
    return at;
  }

  void set_fingerprint() {
    const std::array<std::uint8_t, 32> digest = sha256(std::span(bytes_).subspan(kHashedOffset));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest[i];
    value >>= 64 - kFingerprintBits;
    set(kFingerprintOffset, static_cast<std::uint32_t>(value));
    set(kFingerprintOffset + 4, static_cast<std::uint32_t>(value >> 32));
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::vector<std::uint8_t> write_catalogue(const CatalogueContent& content) { return Writer().write(content); }

}  // namespace dialogue
