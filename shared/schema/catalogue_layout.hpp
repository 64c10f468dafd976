// How the catalogue's bytes are laid out: little-endian 32-bit words, absolute offsets, texts with their length in front.
//
//   header   magic, size, fingerprint (2 words), event count, room count, node count
//   events   4 words each: name, delivery, latest key, node           sorted by name
//   rooms    6 words each: id, name, max size (2 words), events, subscriptions    sorted by id
//   nodes    1 word each: offset of the node's record
//   the rest: what the words above refer to, each thing once and in the order of reference, without gaps
//
// "Text" is an offset to [length][bytes]. An event list is an offset to [count][16-bit event index ...], ascending.
// A node's record is [types | format << 8 | unique << 16][mask of fields][one word for each field in the mask].
// Read by the view and the validator on bytes that CatalogueView::parse has checked, written by the builder. Safe from any
// thread.
#pragma once
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/schema/schema.hpp"

namespace dialogue {

inline constexpr std::uint32_t kCatalogueMagic = 0x31474C44;  ///< "DLG1"
inline constexpr std::uint32_t kHeaderBytes = 28, kEventBytes = 16, kRoomBytes = 24, kNodeSlotBytes = 4;
inline constexpr std::uint32_t kFingerprintOffset = 8, kEventCountOffset = 16, kRoomCountOffset = 20, kNodeCountOffset = 24;
inline constexpr std::uint32_t kHashedOffset = 16;     ///< the fingerprint covers everything from here
inline constexpr std::uint32_t kFingerprintBits = 52;  ///< so that it fits a JavaScript number

inline constexpr std::uint32_t kCatalogueNodesMax = 8192;      ///< distinct schemas, sub-schemas included
inline constexpr std::uint32_t kPropertiesMax = 256;           ///< declared by one schema: the validator keeps a bit for each
inline constexpr std::uint32_t kComparedItemsMax = 1024;       ///< items under uniqueItems, keys under min/maxProperties
inline constexpr std::uint32_t kOneOfChainMax = 8;             ///< oneOf directly inside oneOf
inline constexpr std::uint32_t kPatternInstructionsMax = 256;  ///< of one compiled pattern
inline constexpr std::uint32_t kPatternWorkMax = 1 << 20;      ///< instructions times characters: a few ms
inline constexpr std::uint32_t kPatternStepWorkMax = 64;       ///< instructions, at worst, for each character: some 150 ns
inline constexpr std::uint32_t kListedKeysMax = 30;  ///< of a listed object, with those of objects around it; 2 * 30 + 4 walks of
                                                     ///< the largest payload are less than kCompareBytesMax
inline constexpr std::uint32_t kListedAlikeMax = 8;  ///< listed values with one digest
inline constexpr std::uint32_t kMultipleDigitsMax = 17;  ///< significant digits of multipleOf; a double has no more

/// Fields of a node, in the order of their bits and of their words.
enum class NodeField : std::uint8_t {
  minimum,
  maximum,
  exclusive_minimum,
  exclusive_maximum,
  multiple_of,  ///< text: a JSON number
  min_length,   ///< code points; of Format::bytes, the bytes that the base64 stands for
  max_length,
  min_items,
  max_items,
  min_properties,
  max_properties,
  pattern,       ///< [source text][instruction count][class word count][instructions][class words]
  properties,    ///< [count] then [name text][node][required] each, sorted by name
  additional,    ///< node
  prefix_items,  ///< [count][node ...]
  items,         ///< node
  enumeration,   ///< [count], [digest][text] for each: canonical JSON, ascending by JsonComparison::digest(); one is a const
  one_of,  ///< [tag text][tag count][type count], [value text][node] for each tag, sorted by value, [types][node] for each type
  kCount
};

inline std::uint32_t read_word(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 | static_cast<std::uint32_t>(at[2]) << 16 |
         static_cast<std::uint32_t>(at[3]) << 24;
}

inline std::uint64_t read_long(const std::uint8_t* at) {
  return read_word(at) | static_cast<std::uint64_t>(read_word(at + 4)) << 32;
}

/// A run of words inside the catalogue.
struct Words {
  const std::uint8_t* at;
  [[nodiscard]] std::uint32_t operator[](std::uint32_t index) const { return read_word(at + 4 * index); }
  [[nodiscard]] Words from(std::uint32_t index) const { return {at + 4 * index}; }
};

inline std::string_view text_at(const std::uint8_t* catalogue, std::uint32_t offset) {
  return {reinterpret_cast<const char*>(catalogue + offset + 4), read_word(catalogue + offset)};
}

/// One schema node of a checked catalogue.
class NodeView {
 public:
  NodeView(const std::uint8_t* catalogue, std::uint32_t index) : catalogue_(catalogue), record_{record_of(catalogue, index)} {}

  [[nodiscard]] std::uint8_t types() const { return static_cast<std::uint8_t>(record_[0]); }
  [[nodiscard]] Format format() const { return static_cast<Format>(record_[0] >> 8 & 0xFF); }
  [[nodiscard]] bool unique_items() const { return (record_[0] >> 16 & 1) != 0; }
  [[nodiscard]] bool flags_known() const { return record_[0] >> 17 == 0; }
  /// The schema `true`.
  [[nodiscard]] bool allows_all() const { return record_[0] == kAnyType && record_[1] == 0; }
  [[nodiscard]] bool has(NodeField field) const { return (record_[1] >> static_cast<unsigned>(field) & 1) != 0; }
  /// The field's word; only when has(field).
  [[nodiscard]] std::uint32_t word(NodeField field) const {
    const std::uint32_t before = record_[1] & ((1U << static_cast<unsigned>(field)) - 1);
    return record_[2 + static_cast<std::uint32_t>(std::popcount(before))];
  }
  [[nodiscard]] std::uint32_t word_or(NodeField field, std::uint32_t absent) const { return has(field) ? word(field) : absent; }
  [[nodiscard]] std::string_view text(NodeField field) const { return text_at(catalogue_, word(field)); }
  [[nodiscard]] NodeView node(NodeField field) const { return {catalogue_, word(field)}; }
  [[nodiscard]] Words table(NodeField field) const { return {catalogue_ + word(field)}; }

 private:
  static const std::uint8_t* record_of(const std::uint8_t* catalogue, std::uint32_t index) {
    const std::uint32_t slots = kHeaderBytes + read_word(catalogue + kEventCountOffset) * kEventBytes +
                                read_word(catalogue + kRoomCountOffset) * kRoomBytes;
    return catalogue + read_word(catalogue + slots + index * kNodeSlotBytes);
  }

  const std::uint8_t* catalogue_;
  Words record_;
};

}  // namespace dialogue
