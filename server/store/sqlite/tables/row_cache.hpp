// A cache of numbers about a room's rows, which saves a query of the database: the number of records in a group, the checksum
// of a producer's row. Bounded: when it is full it is cleared, and missing numbers are queried again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace dialogue::store {

class RowCache {
 public:
  static constexpr std::size_t kRowsMax = 65'536;

  /// The row's number, to be read or changed; `ask` gives that of one that is not known. Valid until the next call.
  template <typename Ask>
  [[nodiscard]] std::uint64_t& number(std::uint64_t room, std::string_view key, const Ask& ask) {
    if (std::uint64_t* known = find(room, key)) return *known;
    const std::uint64_t asked = ask();
    if (numbers_.size() >= kRowsMax) numbers_.clear();
    return numbers_.emplace(Key{room, key}, asked).first->second;
  }

  /// Returns the row's number; null if it is not known.
  [[nodiscard]] std::uint64_t* find(std::uint64_t room, std::string_view key) {
    const auto found = numbers_.find(View{room, key});
    return found == numbers_.end() ? nullptr : &found->second;
  }

  void forget(std::uint64_t room, std::string_view key) {
    if (const auto found = numbers_.find(View{room, key}); found != numbers_.end()) numbers_.erase(found);
  }
  void forget() { numbers_.clear(); }

 private:
  using Key = std::pair<std::uint64_t, std::string>;
  using View = std::pair<std::uint64_t, std::string_view>;

  struct Before {
    using is_transparent = void;
    bool operator()(const View& left, const View& right) const { return left < right; }
  };

  /// Ordered: clients choose the keys, and could choose ones whose hashes collide.
  std::map<Key, std::uint64_t, Before> numbers_;
};

}  // namespace dialogue::store
