// One walk over the bytes in the order in which the builder wrote them, driven by a table of rows.
#include "shared/catalogue/catalogue_check.hpp"

#include "shared/base/limits.hpp"
#include "shared/base/names.hpp"
#include "shared/catalogue/catalogue.hpp"
#include "shared/json/decimal.hpp"
#include "shared/json/json_scanner.hpp"
#include "shared/pattern/pattern.hpp"
#include "shared/schema/catalogue_layout.hpp"

namespace dialogue {
namespace {

// The rows of the tables, one letter for a word; what the words refer to follows in the order of the letters.
//   I event name, R room pattern, T text: each above that of the row before;  t text  # number  j JSON  e event list  p pattern
//   P properties  N nodes  J values  O branches: tables of their own;  n node  d delivery  b 0 or 1  y types  w any word
constexpr char kEventRow[] = "Idtn", kRoomRow[] = "Rtwwee", kPropertyRow[] = "Tnb", kTagRow[] = "Tn", kTypeRow[] = "yn";
constexpr char kFieldKinds[] = "#####wwwwwwpPnNnJO";
static_assert(sizeof kFieldKinds - 1 == static_cast<std::size_t>(NodeField::kCount));

/// What canonical_number() writes of a double is shorter.
constexpr std::size_t kNumberBytesMax = 32;
/// The number of types: branches by type are disjoint.
constexpr std::uint32_t kTypesMax = std::popcount(unsigned{kAnyType});

/// Walks the bytes in the order in which the builder writes them. Everything referred to must be exactly at next_: this
/// excludes overlaps, gaps, endless structures and repeated work.
class Check {
 public:
  explicit Check(std::span<const std::uint8_t> bytes) : bytes_(bytes.data()), size_(static_cast<std::uint32_t>(bytes.size())) {}

  bool all() {
    Words header{bytes_};
    if (!claim(kHeaderBytes / 4, 4) || header[0] != kCatalogueMagic || header[1] != size_) return false;
    event_count_ = read_word(bytes_ + kEventCountOffset);
    room_count_ = read_word(bytes_ + kRoomCountOffset);
    node_count_ = read_word(bytes_ + kNodeCountOffset);
    if (event_count_ > kCatalogueEventsMax || room_count_ > kCatalogueRoomsMax || node_count_ > kCatalogueNodesMax) return false;
    const Words events{bytes_ + kHeaderBytes}, rooms = events.from(event_count_ * kEventBytes / 4);
    const Words slots = rooms.from(room_count_ * kRoomBytes / 4);
    return claim(event_count_, kEventBytes) && claim(room_count_, kRoomBytes) && claim(node_count_, kNodeSlotBytes) &&
           rows(events, event_count_, kEventRow) && rows(rooms, room_count_, kRoomRow) && nodes(slots) && next_ == size_;
  }

 private:
  /// Accounts for the next `count` things of `bytes` each.
  bool claim(std::uint32_t count, std::uint32_t bytes) {
    if (count > (size_ - next_) / bytes) return false;
    next_ += count * bytes;
    return true;
  }

  /// The count at `offset`, which must be the next thing, and the `bytes` of each that it counts.
  bool counted(std::uint32_t offset, std::uint32_t bytes, std::uint32_t& count) {
    if (offset != next_ || !claim(1, 4)) return false;
    count = read_word(bytes_ + offset);
    return claim(count, bytes);
  }

  bool rows(Words table, std::uint32_t count, std::string_view kinds) {
    std::string_view before;
    for (std::uint32_t row = 0; row < count; ++row)
      for (const char kind : kinds) {
        if (!word(kind, table[0], before, row == 0)) return false;
        table = table.from(1);
      }
    return true;
  }

  bool table(std::uint32_t offset, std::string_view kinds, std::uint32_t count_max) {
    std::uint32_t count = 0;
    return counted(offset, static_cast<std::uint32_t>(4 * kinds.size()), count) && count <= count_max &&
           rows(Words{bytes_ + offset + 4}, count, kinds);
  }

  /// One word and what it refers to. `before` is the text of the row before, for kinds that must ascend.
  bool word(char kind, std::uint32_t value, std::string_view& before, bool is_first) {
    switch (kind) {
      case 'n':
        return value < node_count_;
      case 'd':
        return value <= static_cast<std::uint32_t>(Delivery::call);
      case 'b':
        return value <= 1;
      case 'y':
        return value <= kAnyType;
      case 'w':
        return true;
      case 'e':
        return event_list(value);
      case 'p':
        return pattern(value);
      case 'P':
        return table(value, kPropertyRow, kPropertiesMax);
      case 'N':
        return table(value, "n", UINT32_MAX);
      case 'J':
        return table(value, "wj", UINT32_MAX);
      case 'O':
        return branches(value);
      default:
        break;
    }
    std::uint32_t length = 0;
    if (!counted(value, 1, length)) return false;
    const std::string_view text = text_at(bytes_, value);
    if (kind == 't') return true;
    if (kind == '#' || kind == 'j') return json(kind, text);
    if ((kind == 'I' && !is_name(text)) || (kind == 'R' && !is_room_pattern(text)) || (!is_first && !(before < text)))
      return false;
    before = text;
    return true;
  }

  static bool json(char kind, std::string_view text) {
    JsonCursor cursor{text.data(), text.data() + text.size()};
    const ErrorCode fault = kind == '#' ? scan_number(cursor) : skip_value(cursor, 0);
    return fault == ErrorCode::ok && (kind != '#' || text.size() <= kNumberBytesMax) && cursor.at == cursor.end;
  }

  bool event_list(std::uint32_t offset) {
    std::uint32_t count = 0;
    if (!counted(offset, 2, count)) return false;
    const CatalogueView::EventList list(bytes_ + offset);
    for (std::uint32_t i = 0; i < count; ++i)
      if (list[i] >= event_count_ || (i > 0 && list[i] <= list[i - 1])) return false;
    return true;
  }

  bool nodes(Words slots) {
    for (std::uint32_t i = 0; i < node_count_; ++i) {
      const Words record{bytes_ + next_};
      if (slots[i] != next_ || !claim(2, 4) || record[1] >> static_cast<unsigned>(NodeField::kCount) != 0) return false;
      if (!claim(static_cast<std::uint32_t>(std::popcount(record[1])), 4) || !node(NodeView(bytes_, i))) return false;
    }
    return true;
  }

  bool node(const NodeView& view) {
    std::string_view before;
    for (std::uint8_t i = 0; i < static_cast<std::uint8_t>(NodeField::kCount); ++i)
      if (view.has(NodeField{i}) && !word(kFieldKinds[i], view.word(NodeField{i}), before, true)) return false;
    // What the validator's fixed room and its arithmetic rely on.
    if (!view.flags_known() || view.types() > kAnyType || view.format() > Format::bytes) return false;
    if (view.word_or(NodeField::min_properties, 0) > kComparedItemsMax) return false;
    if (view.word_or(NodeField::max_properties, 0) > kComparedItemsMax) return false;
    if (view.unique_items() && view.word_or(NodeField::max_items, UINT32_MAX) > kComparedItemsMax) return false;
    if (!view.has(NodeField::multiple_of)) return true;
    const Decimal step = parse_decimal(view.text(NodeField::multiple_of));
    return step.count > 0 && step.count <= kMultipleDigitsMax && !step.negative;
  }

  bool pattern(std::uint32_t offset) {
    const Words head{bytes_ + offset};
    if (offset != next_ || !claim(3, 4) || head[1] == 0 || head[1] > kPatternInstructionsMax) return false;
    if (!claim(head[1], 4) || !claim(head[2], 4)) return false;
    const PatternProgram program(head.from(1));
    for (std::uint32_t i = 0; i < head[1]; ++i)
      if (!instruction(program, i, head[2])) return false;
    std::uint32_t length = 0;
    return counted(head[0], 1, length);
  }

  static bool instruction(const PatternProgram& program, std::uint32_t index, std::uint32_t class_words) {
    const PatternOp op = program.op(index);
    const std::uint32_t argument = program.argument(index);
    if (op > PatternOp::end) return false;
    if (op != PatternOp::match && op != PatternOp::jump && index + 1 == program.size()) return false;
    if (op == PatternOp::split || op == PatternOp::jump) return argument < program.size();
    return op != PatternOp::one_of ||
           (argument < class_words && program.class_size(argument) <= (class_words - argument - 1) / 2);
  }

  bool branches(std::uint32_t offset) {
    const Words head{bytes_ + offset};
    if (offset != next_ || !claim(3, 4)) return false;
    const Words tags = head.from(3);
    std::uint32_t length = 0;
    return claim(head[1], 8) && head[2] <= kTypesMax && claim(head[2], 8) && counted(head[0], 1, length) &&
           rows(tags, head[1], kTagRow) && rows(tags.from(2 * head[1]), head[2], kTypeRow);
  }

  const std::uint8_t* bytes_;
  std::uint32_t size_, event_count_ = 0, room_count_ = 0, node_count_ = 0, next_ = 0;
};

}  // namespace

bool is_well_formed_catalogue(std::span<const std::uint8_t> bytes) {
  return bytes.size() <= kCatalogueBytesMax && Check(bytes).all();
}

}  // namespace dialogue
