// Structs are sent in an order in which each comes after those of the update that it names. A part that is cut out of a text
// names the place before it as its origin, as Yjs does when it cuts a text.
#include "shared/document/split.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "shared/document/byte_writer.hpp"
#include "shared/document/update.hpp"

namespace dialogue::document {
namespace {

constexpr std::size_t kHeadBytesMax = 40;    ///< of a client's structs: their number, the client, the first clock
constexpr std::size_t kPlacesBytesMax = 64;  ///< of a struct's neighbours and its length
constexpr std::size_t kRangeBytesMax = 20;   ///< of a deletion: clock and length
constexpr unsigned kLeadBits = 0xc0, kLead = 0x80;

class Splitter {
 public:
  Splitter(const Update& update, std::size_t bytes_max, std::vector<std::string>& parts)
      : update_(update), bytes_max_(bytes_max), parts_(parts) {
    for (std::size_t place = 0; place < update.blocks.size(); ++place) {
      places_.emplace(update.blocks[place].client, place);
      next_.push_back(update.blocks[place].first);
    }
  }

  [[nodiscard]] bool run() {
    for (std::size_t place = 0; place < update_.blocks.size(); ++place)
      if (!add_until(place, update_.blocks[place].last)) return false;
    flush();
    add_deletions();
    return true;
  }

 private:
  struct Goal {
    std::size_t block, until;  ///< index of the first ref that it does not need
  };

  /// The refs of a block before `until`, and before each of them what it names.
  [[nodiscard]] bool add_until(std::size_t block, std::size_t until) {
    std::vector<Goal> goals = {{block, until}};
    while (!goals.empty()) {
      const Goal goal = goals.back();
      if (next_[goal.block] >= goal.until) {
        goals.pop_back();
        continue;
      }
      const Ref& ref = update_.refs[next_[goal.block]];
      const auto missing = goals.size() <= update_.blocks.size() ? first_missing(ref) : std::nullopt;
      if (missing) {
        goals.push_back(*missing);
        continue;
      }
      ++next_[goal.block];
      if (!add(ref)) return false;
    }
    return true;
  }

  /// What the ref names in another block and was not added. In a ring, which no document has, something is added anyway.
  [[nodiscard]] std::optional<Goal> first_missing(const Ref& ref) const {
    for (const Id& id : {ref.origin, ref.right_origin, ref.parent_id}) {
      const auto found = id.is_set() && id.client != ref.id.client ? places_.find(id.client) : places_.end();
      if (found == places_.end()) continue;
      const Block& block = update_.blocks[found->second];
      const auto first = update_.refs.begin() + static_cast<std::ptrdiff_t>(next_[found->second]);
      const auto last = update_.refs.begin() + static_cast<std::ptrdiff_t>(block.last);
      if (first == last || id.clock < first->id.clock) continue;
      const auto that = std::find_if(first, last, [&id](const Ref& each) { return each.end() > id.clock; });
      if (that != last) return Goal{found->second, static_cast<std::size_t>(that - update_.refs.begin()) + 1};
    }
    return std::nullopt;
  }

  [[nodiscard]] bool add(const Ref& ref) {
    if (ref.content.kind == Kind::skip) return true;
    if (ref.raw.size() + 2 * kHeadBytesMax <= bytes_max_) {
      put(ref.id, ref.content.length, std::string(ref.raw));
      return true;
    }
    return ref.content.kind == Kind::text && !ref.has_key && add_cut(ref);
  }

  [[nodiscard]] bool add_cut(const Ref& ref) {
    std::string_view rest = ref.content.bytes;
    for (std::uint64_t offset = 0; !rest.empty();) {
      std::size_t size = std::min(rest.size(), bytes_max_ - 2 * kHeadBytesMax - kPlacesBytesMax - ref.root.size());
      while (size < rest.size() && size > 0 && (static_cast<unsigned char>(rest[size]) & kLeadBits) == kLead) --size;
      if (size == 0) return false;
      const std::string_view text = rest.substr(0, size);
      const std::uint64_t length = units_of(text);
      put({ref.id.client, ref.id.clock + offset}, length, cut_struct(ref, offset, text));
      offset += length;
      rest.remove_prefix(size);
    }
    return true;
  }

  [[nodiscard]] static std::string cut_struct(const Ref& ref, std::uint64_t offset, std::string_view text) {
    const Id origin = offset > 0 ? Id{ref.id.client, ref.id.clock + offset - 1} : ref.origin;
    std::string out;
    put_byte(out, static_cast<unsigned>(Kind::text) | (origin.is_set() ? kHasOrigin : 0) |
                      (ref.right_origin.is_set() ? kHasRightOrigin : 0));
    for (const Id& id : {origin, ref.right_origin})
      if (id.is_set()) put_place(out, id);
    if (!origin.is_set() && !ref.right_origin.is_set()) {
      put_integer(out, ref.parent == Ref::Parent::root ? 1 : 0);
      if (ref.parent == Ref::Parent::root)
        put_bytes(out, ref.root);
      else
        put_place(out, ref.parent_id);
    }
    put_bytes(out, text);
    return out;
  }

  static void put_place(std::string& out, const Id& id) {
    put_integer(out, id.client);
    put_integer(out, id.clock);
  }

  void put(const Id& id, std::uint64_t length, std::string bytes) {
    const auto found = part_.find(id.client);
    const bool is_behind = found == part_.end() || found->second.end == id.clock;
    if (!is_behind || size_ + bytes.size() + kHeadBytesMax > bytes_max_) flush();
    Run& run = part_.try_emplace(id.client, Run{id.clock, id.clock, 0, {}}).first->second;
    if (run.count == 0) size_ += kHeadBytesMax;
    ++run.count;
    run.end += length;
    run.bytes += bytes;
    size_ += bytes.size();
  }

  void flush() {
    if (part_.empty()) return;
    std::string out;
    put_integer(out, part_.size());
    for (auto each = part_.rbegin(); each != part_.rend(); ++each) {
      const auto& [client, run] = *each;
      put_integer(out, run.count);
      put_place(out, {client, run.clock});
      out += run.bytes;
    }
    put_integer(out, 0);  // no deletions
    parts_.push_back(std::move(out));
    part_.clear();
    size_ = kHeadBytesMax;
  }

  void add_deletions() {
    const auto& all = update_.deletions;
    const std::size_t at_once = (bytes_max_ - kHeadBytesMax) / (2 * kRangeBytesMax);
    for (std::size_t first = 0; first < all.size();) {
      const std::size_t last = std::min(all.size(), first + at_once);
      std::map<std::uint64_t, std::vector<Range>, std::greater<>> by_client;
      for (; first < last; ++first) by_client[all[first].client].push_back(all[first]);
      std::string out;
      put_integer(out, 0);  // no structs
      put_integer(out, by_client.size());
      for (const auto& [client, ranges] : by_client) {
        put_integer(out, client);
        put_integer(out, ranges.size());
        for (const Range& range : ranges) put_place(out, {range.clock, range.length});
      }
      parts_.push_back(std::move(out));
    }
  }

  /// Structs of one client in the part that is put together, without gaps.
  struct Run {
    std::uint64_t clock, end, count;
    std::string bytes;
  };

  const Update& update_;
  const std::size_t bytes_max_;
  std::vector<std::string>& parts_;
  std::map<std::uint64_t, std::size_t> places_;  ///< of blocks, by client
  std::vector<std::size_t> next_;                ///< of each block: its first ref that was not added
  std::map<std::uint64_t, Run> part_;            ///< by client
  std::size_t size_ = kHeadBytesMax;
};

}  // namespace

bool split_update(std::string_view bytes, std::size_t bytes_max, std::vector<std::string>& parts) {
  Update update;
  if (!update.read(bytes)) return false;
  if (bytes.size() <= bytes_max) {
    parts.emplace_back(bytes);
    return true;
  }
  return Splitter(update, bytes_max, parts).run();
}

}  // namespace dialogue::document
