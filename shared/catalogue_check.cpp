#include "shared/catalogue_check.hpp"

#include "shared/catalogue.hpp"
#include "shared/catalogue_layout.hpp"
#include "shared/decimal.hpp"
#include "shared/definitions.hpp"
#include "shared/json_scanner.hpp"
#include "shared/limits.hpp"
#include "shared/names.hpp"
#include "shared/pattern.hpp"

namespace dialogue {
namespace {

/// Walks the bytes in the order in which the builder writes them. Everything referred to must stand exactly at next_: that makes
/// overlaps, gaps, endless structures and repeated work impossible at once.
class Check {
 public:
  explicit Check(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool all() {
    if (bytes_.size() < kHeaderBytes || bytes_.size() > kCatalogueBytesMax) return false;
    const Words header{bytes_.data()};
    if (header[0] != kCatalogueMagic || header[1] != bytes_.size()) return false;
    event_count_ = read_word(bytes_.data() + kEventCountOffset);
    room_count_ = read_word(bytes_.data() + kRoomCountOffset);
    node_count_ = read_word(bytes_.data() + kNodeCountOffset);
    if (event_count_ > kCatalogueEventsMax || room_count_ > kCatalogueRoomsMax || node_count_ > kCatalogueNodesMax) return false;
    next_ = kHeaderBytes;
    const Words events = claim(event_count_ * kEventBytes), rooms = claim(room_count_ * kRoomBytes);
    const Words slots = claim(node_count_ * kNodeSlotBytes);
    return good_ && check_events(events) && check_rooms(rooms) && check_nodes(slots) && next_ == bytes_.size();
  }

 private:
  /// The next `size` bytes, which are now accounted for.
  Words claim(std::uint32_t size) {
    const Words claimed{bytes_.data() + next_};
    if (size > bytes_.size() - next_)
      good_ = false;
    else
      next_ += size;
    return claimed;
  }

  /// A table of `count` rows of `words` words.
  bool claim_table(std::uint32_t count, std::uint32_t words, Words& table) {
    if (count > bytes_.size()) return false;
    table = claim(count * words * 4);
    return good_;
  }

  /// A table with its count in front, at `offset`.
  bool counted_table(std::uint32_t offset, std::uint32_t words, std::uint32_t& count, Words& table) {
    if (offset != next_) return false;
    const Words head = claim(4);
    if (!good_) return false;
    count = head[0];
    return claim_table(count, words, table);
  }

  bool text(std::uint32_t offset, std::string_view& out) {
    if (offset != next_) return false;
    const Words head = claim(4);
    if (!good_) return false;
    claim(head[0]);
    if (!good_) return false;
    out = text_at(bytes_.data(), offset);
    return true;
  }

  bool node(std::uint32_t index) const { return index < node_count_; }

  bool event_list(std::uint32_t offset) {
    if (offset != next_) return false;
    const Words head = claim(4);
    if (!good_ || head[0] > event_count_) return false;
    claim(2 * head[0]);
    if (!good_) return false;
    const CatalogueView::EventList list(bytes_.data() + offset);
    for (std::uint32_t i = 0; i < list.size(); ++i)
      if (list[i] >= event_count_ || (i > 0 && list[i] <= list[i - 1])) return false;
    return true;
  }

  bool check_events(Words events) {
    std::string_view before, name, key;
    for (std::uint32_t i = 0; i < event_count_; ++i, before = name) {
      const Words event = events.from(4 * i);
      if (!text(event[0], name) || !is_name(name) || (i > 0 && !(before < name))) return false;
      if (event[1] > static_cast<std::uint32_t>(Delivery::volatile_) || !text(event[2], key) || !node(event[3])) return false;
    }
    return true;
  }

  bool check_rooms(Words rooms) {
    std::string_view before, id, name;
    for (std::uint32_t i = 0; i < room_count_; ++i, before = id) {
      const Words room = rooms.from(6 * i);
      if (!text(room[0], id) || !is_room_pattern(id) || (i > 0 && !(before < id))) return false;
      if (!text(room[1], name) || !event_list(room[4]) || !event_list(room[5])) return false;
    }
    return true;
  }

  bool check_nodes(Words slots) {
    for (std::uint32_t i = 0; i < node_count_; ++i) {
      if (slots[i] != next_) return false;
      const Words record = claim(8);
      if (!good_ || record[1] >> static_cast<unsigned>(NodeField::kCount) != 0) return false;
      claim(4 * static_cast<std::uint32_t>(std::popcount(record[1])));
      if (!good_ || !check_node(NodeView(bytes_.data(), i))) return false;
    }
    return true;
  }

  bool check_node(const NodeView& view) {
    if (!view.flags_known() || view.types() > kAnyType || view.format() > Format::bytes) return false;
    if (view.unique_items() && !at_most(view, NodeField::max_items, kComparedItemsMax, true)) return false;
    if (!at_most(view, NodeField::min_properties, kComparedItemsMax, false)) return false;
    if (!at_most(view, NodeField::max_properties, kComparedItemsMax, false)) return false;
    for (std::uint8_t field = 0; field < static_cast<std::uint8_t>(NodeField::kCount); ++field)
      if (view.has(NodeField{field}) && !check_field(view, NodeField{field}, view.word(NodeField{field}))) return false;
    return true;
  }

  static bool at_most(const NodeView& view, NodeField field, std::uint32_t bound, bool required) {
    return view.has(field) ? view.word(field) <= bound : !required;
  }

  bool check_field(const NodeView& view, NodeField field, std::uint32_t word) {
    switch (field) {
      case NodeField::minimum:
      case NodeField::maximum:
      case NodeField::exclusive_minimum:
      case NodeField::exclusive_maximum:
      case NodeField::multiple_of:
        return check_number(word, field == NodeField::multiple_of);
      case NodeField::pattern:
        return check_pattern(word);
      case NodeField::properties:
        return check_properties(word);
      case NodeField::additional:
      case NodeField::items:
        return node(word);
      case NodeField::prefix_items:
        return check_prefix_items(word);
      case NodeField::enumeration:
        return check_enumeration(word);
      case NodeField::one_of:
        return check_one_of(word);
      default:
        return view.has(field);  // a plain count
    }
  }

  bool check_number(std::uint32_t offset, bool is_step) {
    std::string_view number;
    if (!text(offset, number)) return false;
    JsonCursor cursor{number.data(), number.data() + number.size()};
    if (scan_number(cursor) != ErrorCode::ok || cursor.at != cursor.end) return false;
    const Decimal value = parse_decimal(number);
    return !is_step || (value.count > 0 && value.count <= kMultipleDigitsMax && !value.negative);
  }

  bool check_pattern(std::uint32_t offset) {
    if (offset != next_) return false;
    const Words head = claim(12);
    std::string_view source;
    Words ignored{nullptr};
    if (!good_ || head[1] == 0 || head[1] > kPatternInstructionsMax) return false;
    if (!claim_table(head[1], 1, ignored) || !claim_table(head[2], 1, ignored)) return false;
    const PatternProgram program(head.from(1));
    for (std::uint32_t i = 0; i < program.size(); ++i)
      if (!check_instruction(program, i, head[2])) return false;
    return text(head[0], source);
  }

  static bool check_instruction(const PatternProgram& program, std::uint32_t index, std::uint32_t class_words) {
    const PatternOp op = program.op(index);
    const std::uint32_t argument = program.argument(index);
    if (op > PatternOp::end) return false;
    if (op != PatternOp::match && op != PatternOp::jump && index + 1 == program.size()) return false;
    if (op == PatternOp::split || op == PatternOp::jump) return argument < program.size();
    if (op != PatternOp::one_of) return true;
    return argument < class_words && program.class_size(argument) <= (class_words - argument - 1) / 2;
  }

  bool check_properties(std::uint32_t offset) {
    std::uint32_t count = 0;
    Words table{nullptr};
    if (!counted_table(offset, 3, count, table) || count > kPropertiesMax) return false;
    std::string_view before, name;
    for (std::uint32_t i = 0; i < count; ++i, before = name)
      if (!text(table[3 * i], name) || (i > 0 && !(before < name)) || !node(table[3 * i + 1]) || table[3 * i + 2] > 1)
        return false;
    return true;
  }

  bool check_prefix_items(std::uint32_t offset) {
    std::uint32_t count = 0;
    Words table{nullptr};
    if (!counted_table(offset, 1, count, table)) return false;
    for (std::uint32_t i = 0; i < count; ++i)
      if (!node(table[i])) return false;
    return true;
  }

  bool check_enumeration(std::uint32_t offset) {
    std::uint32_t count = 0;
    Words table{nullptr};
    if (!counted_table(offset, 1, count, table) || count == 0) return false;
    std::string_view value;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!text(table[i], value)) return false;
      JsonCursor cursor{value.data(), value.data() + value.size()};
      if (skip_value(cursor, 0) != ErrorCode::ok || !cursor.only_space_left()) return false;
    }
    return true;
  }

  bool check_one_of(std::uint32_t offset) {
    if (offset != next_) return false;
    const Words head = claim(12);
    Words tags{nullptr}, types{nullptr};
    if (!good_ || !claim_table(head[1], 2, tags) || !claim_table(head[2], 2, types)) return false;
    std::string_view name;
    if (!text(head[0], name)) return false;
    for (std::uint32_t i = 0; i < head[1]; ++i)
      if (!text(tags[2 * i], name) || !node(tags[2 * i + 1])) return false;
    for (std::uint32_t i = 0; i < head[2]; ++i)
      if (types[2 * i] > kAnyType || !node(types[2 * i + 1])) return false;
    return true;
  }

  std::span<const std::uint8_t> bytes_;
  std::uint32_t event_count_ = 0, room_count_ = 0, node_count_ = 0, next_ = 0;
  bool good_ = true;
};

}  // namespace

bool is_well_formed_catalogue(std::span<const std::uint8_t> bytes) { return Check(bytes).all(); }

}  // namespace dialogue
