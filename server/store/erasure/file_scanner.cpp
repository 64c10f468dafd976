// See file_scanner.hpp.
#include "server/store/erasure/file_scanner.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "server/store/erasure/json_unescaper.hpp"
#include "server/store/sqlite/files/sqlite_vfs_file.hpp"
#include "server/store/sqlite/tables/sqlite_cells.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

/// A piece that begins and ends between characters of UTF-8.
std::string_view piece_at(std::string_view text, std::size_t from) {
  const auto is_inside = [text](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (from < text.size() && is_inside(from)) ++from;
  std::size_t end = std::min(text.size(), from + kPieceBytesMax);
  while (end > from && is_inside(end)) --end;
  return text.substr(from, end - from);
}

/// The bytes of a file in pieces, one after the other.
class Pieces {
 public:
  /// Throws std::runtime_error where the file cannot be read. One that is gone has no bytes.
  explicit Pieces(const std::string& path) : path_(path) {
    if (!fs::exists(path)) return;
    within([&] {
      file_ = std::make_unique<SqliteVfsFile>(full_sqlite_path(path, {}), "", SqliteVfsFile::Mode::read);
      end_ = file_->size();
    });
  }

  [[nodiscard]] std::uint64_t place() const { return place_; }
  [[nodiscard]] std::uint64_t left() const { return end_ - place_; }
  void skip_to(std::uint64_t place) { place_ = std::min(place, end_); }
  /// As many of the next bytes as `into` holds, or as are left.
  [[nodiscard]] std::string_view next(std::string& into) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left()));
    if (count > 0) within([&] { file_->read(std::span(into.data(), count), place_); });
    place_ += count;
    return std::string_view(into).substr(0, count);
  }

 private:
  void within(const auto& act) const {
    try {
      act();
    } catch (const SqliteError&) {
      if (fs::exists(path_)) throw std::runtime_error(path_ + ": the file cannot be read");
    }
  }

  std::string path_;
  std::unique_ptr<SqliteVfsFile> file_;
  std::uint64_t place_ = 0, end_ = 0;
};

}  // namespace

FileScanner::FileScanner(const std::string& user_id, const std::vector<std::string>& samples) {
  const std::string escaped = json_string(user_id);
  const std::string_view inside = std::string_view(escaped).substr(1, escaped.size() - 2);
  if (search_.add(user_id)) ++ids_;
  if (inside != user_id && search_.add(inside)) ++ids_;
  for (std::size_t i = 0; i < std::min(samples.size(), kSamplesMax); ++i) {
    const std::string_view text = samples[i];
    const std::size_t last = text.size() - std::min(text.size(), kPieceBytesMax);
    for (const std::size_t from : {std::size_t{0}, last / 2, last}) add_piece(piece_at(text, from));
  }
}

void FileScanner::add_piece(std::string_view piece) {
  if (piece.size() < kPieceBytesMin) return;
  std::string escaped = json_string(piece);
  for (const std::string_view form : {piece, std::string_view(escaped).substr(1, escaped.size() - 2)})
    if (added_.emplace(form).second) static_cast<void>(search_.add(form));
}

bool FileScanner::is_whole_word(std::string_view bytes, std::size_t at, std::size_t needle) const {
  const auto is_letter = [bytes](std::size_t place) {
    const char c = bytes[place];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const std::size_t end = at + search_.needle(needle).size();
  return (at == 0 || !is_letter(at - 1)) && (end == bytes.size() || !is_letter(end));
}

void FileScanner::Stream::keep_overlap(std::size_t bytes) {
  seen = std::min(text.size(), bytes);
  text.erase(0, text.size() - seen);
}

void FileScanner::search(const Stream& stream, IdForm form, ScrubbedFile& found) const {
  search_.look(stream.text, stream.seen, [&](std::size_t needle, std::size_t at) {
    if (of_others_.contains(needle)) return;
    if (is_id(needle) && form == IdForm::whole_word && !is_whole_word(stream.text, at, needle)) return;
    ++(is_id(needle) ? found.user_hits : found.payload_hits);
    ++found.left;
  });
}

ScrubbedFile FileScanner::search(const std::string& path, IdForm form) {
  ScrubbedFile found{path}, meant{path};
  Pieces pieces(path);
  Stream as_it_is, unescaped;
  JsonUnescaper unescaper;
  std::string read(kBlockBytes, '\0');
  while (pieces.left() > 0) {
    const std::string_view block = pieces.next(read);
    found.bytes += block.size();
    for (Stream* each : {&as_it_is, &unescaped}) each->keep_overlap(search_.overlap());
    as_it_is.text += block;
    unescaper.add(block, unescaped.text);
    search(as_it_is, form, found);
    search(unescaped, form, meant);
  }
  unescaped.keep_overlap(search_.overlap());
  unescaper.end(unescaped.text);
  search(unescaped, form, meant);
  // What needs no escape is seen both ways.
  found.user_hits = std::max(found.user_hits, meant.user_hits);
  found.payload_hits = std::max(found.payload_hits, meant.payload_hits);
  found.left = std::max(found.left, meant.left);
  return found;
}

void FileScanner::look_at_page(std::string_view page, bool is_first, std::size_t reserved_bytes, ScrubbedFile& found,
                               std::uint64_t& explained) const {
  std::optional<ByteRanges> used;
  bool is_parsed = false;
  search_.look(page, 0, [&](std::size_t needle, std::size_t at) {
    if (of_others_.contains(needle)) return;
    if (!std::exchange(is_parsed, true)) used = used_bytes(page, is_first, reserved_bytes);
    ++(is_id(needle) ? found.user_hits : found.payload_hits);
    if (used && touches(*used, at, at + search_.needle(needle).size())) return;
    if (!used && is_id(needle) && explained > 0)
      --explained;
    else
      ++found.left;
  });
}

ScrubbedFile FileScanner::search_pages(const std::string& path, std::uint64_t& explained) {
  Pieces pieces(path);
  std::string bytes(kDatabaseHeadBytes, '\0');
  const auto form = SqliteFileForm::of(pieces.next(bytes));
  if (!form) return search(path);
  ScrubbedFile found{path};
  const std::size_t between = form->is_wal ? kWalFrameHeadBytes : 0;
  pieces.skip_to(form->is_wal ? kWalHeadBytes : 0);
  bytes.resize(between + form->page_bytes);
  for (std::uint64_t number = 1; pieces.left() >= bytes.size(); ++number) {
    const std::string_view page = pieces.next(bytes);
    const bool is_first = form->is_wal ? page.substr(0, 4) == std::string_view("\0\0\0\1", 4) : number == 1;
    look_at_page(page.substr(between), is_first, form->reserved_bytes, found, explained);
  }
  found.bytes = pieces.place() + pieces.left();
  return found;
}

std::vector<ScrubbedFile> FileScanner::search_database(const std::string& path, std::uint64_t explained) {
  const fs::path directory = fs::path(path).parent_path().empty() ? fs::path(".") : fs::path(path).parent_path();
  const std::string name = fs::path(path).filename().string();
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with(name))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  std::vector<ScrubbedFile> files;
  for (const std::string& each : names) {
    const std::string found = (fs::path(path).parent_path() / each).string(), end = each.substr(name.size());
    if (end.ends_with("-shm")) continue;  // numbers of pages only, and locks of whichever database it belongs to
    files.push_back(end.empty() || end == "-wal" ? search_pages(found, explained) : search(found));
  }
  return files;
}

std::uint64_t FileScanner::take_out_of(std::string_view text) {
  std::uint64_t mentions = 0;
  search_.look(text, 0, [&](std::size_t needle, std::size_t) {
    if (is_id(needle))
      ++mentions;
    else
      of_others_.insert(needle);
  });
  return mentions;
}

}  // namespace dialogue::store
