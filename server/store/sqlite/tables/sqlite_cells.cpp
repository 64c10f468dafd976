// See sqlite_cells.hpp. https://www.sqlite.org/fileformat2.html, sections 1.3, 1.6 and 4.
#include "server/store/sqlite/tables/sqlite_cells.hpp"

#include <algorithm>
#include <cstdint>

namespace dialogue::store {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kDatabaseMagic = "SQLite format 3\0"sv;
constexpr std::uint64_t kWalMagic = 0x377F0682;  // or one more, by the order of bytes of its checksums
constexpr std::size_t kLongestVarint = 9, kOverflowPageBytes = 4, kLeastPageBytes = 512, kGreatestPageBytes = 65'536;

enum PageKind : unsigned char { kIndexInterior = 2, kTableInterior = 5, kIndexLeaf = 10, kTableLeaf = 13 };

/// Big-endian.
std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < count; ++i) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

/// Reads one and moves on; nothing at the end of the bytes.
std::optional<std::uint64_t> next_varint(std::string_view page, std::size_t& at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kLongestVarint && at < page.size(); ++i) {
    const auto byte = static_cast<unsigned char>(page[at++]);
    if (i + 1 == kLongestVarint) return number << 8 | byte;
    number = number << 7 | (byte & 0x7FU);
    if (byte < 0x80) return number;
  }
  return std::nullopt;
}

/// Returns how many bytes of a record of `bytes` its cell contains, with the number of the page on which the rest begins.
std::uint64_t bytes_in_cell(std::uint64_t bytes, std::uint64_t usable, bool is_table) {
  const std::uint64_t most = is_table ? usable - 35 : (usable - 12) * 64 / 255 - 23;
  if (bytes <= most) return bytes;
  const std::uint64_t least = (usable - 12) * 32 / 255 - 23, wanted = least + (bytes - least) % (usable - 4);
  return (wanted <= most ? wanted : least) + kOverflowPageBytes;
}

/// The byte behind the cell that begins at `at`.
std::optional<std::size_t> end_of_cell(std::string_view page, std::size_t at, unsigned char kind, std::uint64_t usable) {
  if (kind == kTableInterior || kind == kIndexInterior) at += kOverflowPageBytes;  // the child's number
  if (kind == kTableInterior) return next_varint(page, at) ? std::optional(at) : std::nullopt;
  const auto bytes = next_varint(page, at);
  if (!bytes || (kind == kTableLeaf && !next_varint(page, at))) return std::nullopt;
  const std::uint64_t end = at + bytes_in_cell(*bytes, usable, kind == kTableLeaf);
  return end <= page.size() ? std::optional(static_cast<std::size_t>(end)) : std::nullopt;
}

}  // namespace

bool has_wal_frames(std::string_view begin) {
  constexpr std::size_t kSummedBytes = 24, kWordBytes = 4;
  if (begin.size() <= kWalHeadBytes) return false;
  const std::uint64_t magic = number_at(begin, 0, kWordBytes);
  if ((magic | 1U) != (kWalMagic | 1U)) return false;
  const auto word = [&](std::size_t at) {
    const auto number = static_cast<std::uint32_t>(number_at(begin, at, kWordBytes));
    return magic == kWalMagic ? __builtin_bswap32(number) : number;
  };
  std::uint32_t first = 0, second = 0;
  for (std::size_t at = 0; at < kSummedBytes; at += 2 * kWordBytes) {
    first += word(at) + second;
    second += word(at + kWordBytes) + first;
  }
  return number_at(begin, kSummedBytes, kWordBytes) == first && number_at(begin, kSummedBytes + kWordBytes, kWordBytes) == second;
}

std::optional<SqliteFileForm> SqliteFileForm::of(std::string_view head) {
  SqliteFileForm form;
  if (head.size() >= kDatabaseHeadBytes && head.starts_with(kDatabaseMagic)) {
    form.page_bytes = number_at(head, 16, 2) == 1 ? kGreatestPageBytes : number_at(head, 16, 2);
    form.reserved_bytes = number_at(head, 20, 1);
    form.changes = static_cast<std::uint32_t>(number_at(head, 24, 4));
  } else if (head.size() >= kWalHeadBytes && (number_at(head, 0, 4) | 1) == (kWalMagic | 1)) {
    form.page_bytes = number_at(head, 8, 4);
    form.is_wal = true;
  }
  const bool is_power_of_2 = (form.page_bytes & (form.page_bytes - 1)) == 0;
  if (form.page_bytes < kLeastPageBytes || form.page_bytes > kGreatestPageBytes || !is_power_of_2) return std::nullopt;
  return form;
}

std::optional<ByteRanges> used_bytes(std::string_view page, bool is_first, std::size_t reserved_bytes) {
  const std::size_t head = is_first ? kDatabaseHeadBytes : 0;
  if (page.size() < kLeastPageBytes) return std::nullopt;
  const auto kind = static_cast<unsigned char>(page[head]);
  const bool is_leaf = kind == kIndexLeaf || kind == kTableLeaf;
  if (!is_leaf && kind != kIndexInterior && kind != kTableInterior) return std::nullopt;
  const std::uint64_t usable = page.size() - reserved_bytes, cells = number_at(page, head + 3, 2);
  const std::size_t places = head + (is_leaf ? 8 : 12), end_of_places = places + 2 * cells;
  if (end_of_places > page.size()) return std::nullopt;
  ByteRanges used{{0, end_of_places}};
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const std::size_t at = number_at(page, places + 2 * cell, 2);
    const auto end = at < end_of_places ? std::nullopt : end_of_cell(page, at, kind, usable);
    if (!end) return std::nullopt;
    used.emplace_back(at, *end);
  }
  std::sort(used.begin(), used.end());
  return used;
}

bool touches(const ByteRanges& ranges, std::size_t from, std::size_t to) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& each) { return each.first < to && from < each.second; });
}

}  // namespace dialogue::store
