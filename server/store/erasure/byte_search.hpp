// Searches bytes for many texts in one pass: for files that must not contain them any more. Texts of three bytes or more;
// shorter ones are not searched for. Bounded by kNeedlesMax. Used by one thread.
//
//   ByteSearch search;
//   const std::size_t id = search.add("ann");
//   search.look(block, 0, [&](std::size_t needle, std::size_t) { ++hits[needle]; });
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dialogue::store {

class ByteSearch {
 public:
  static constexpr std::size_t kNeedlesMax = 1024, kNeedleBytesMin = 3, kNeedleBytesMax = 256;

  using Found = std::function<void(std::size_t needle, std::size_t at)>;

  /// Adds a needle and returns its number; no value if it is too short or too long, or kNeedlesMax needles were added.
  std::optional<std::size_t> add(std::string_view needle);
  /// Calls `found(number, place)` for each place in `bytes` at which a complete needle begins, unless it ends within the first
  /// `seen` bytes.
  void look(std::string_view bytes, std::size_t seen, const Found& found) const;

  [[nodiscard]] std::size_t size() const { return needles_.size(); }
  [[nodiscard]] const std::string& needle(std::size_t number) const { return needles_[number]; }
  /// Returns how many bytes at the end of a block must be passed again with the next one, so that no needle on the border is
  /// missed.
  [[nodiscard]] std::size_t overlap() const { return longest_ == 0 ? 0 : longest_ - 1; }

 private:
  /// Needles are found by their first three bytes.
  [[nodiscard]] static std::uint32_t key_at(const char* bytes) {
    const auto byte = [bytes](int at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])); };
    return byte(0) | byte(1) << 8 | byte(2) << 16;
  }
  /// 16 bits of it.
  [[nodiscard]] static std::size_t hash_of(std::uint32_t key) { return (key * 0x9E3779B1U) >> 16; }

  std::vector<std::string> needles_;
  std::size_t longest_ = 0;
  std::vector<bool> first_bytes_ = std::vector<bool>(std::size_t{1} << 16);  ///< by hash
  std::unordered_map<std::uint32_t, std::vector<std::size_t>> by_first_bytes_;
};

}  // namespace dialogue::store
