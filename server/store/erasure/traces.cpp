// See traces.hpp.
#include "server/store/erasure/traces.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>

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

}  // namespace

Traces::Traces(const std::string& user_id, const std::vector<std::string>& samples) {
  is_id_searched_ = search_.add(user_id).has_value();
  for (std::size_t i = 0; i < std::min(samples.size(), kSamplesMax); ++i) {
    const std::string_view text = samples[i];
    const std::size_t last = text.size() - std::min(text.size(), kPieceBytesMax);
    for (const std::size_t from : {std::size_t{0}, last / 2, last}) add_piece(piece_at(text, from));
  }
}

void Traces::add_piece(std::string_view piece) {
  if (piece.size() < kPieceBytesMin) return;
  std::string escaped = json_string(piece);
  for (const std::string_view form : {piece, std::string_view(escaped).substr(1, escaped.size() - 2)})
    if (added_.emplace(form).second) static_cast<void>(search_.add(form));
}

bool Traces::is_whole_word(std::string_view bytes, std::size_t at) const {
  const auto is_letter = [bytes](std::size_t place) {
    const char c = bytes[place];
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const std::size_t end = at + search_.needle(0).size();
  return (at == 0 || !is_letter(at - 1)) && (end == bytes.size() || !is_letter(end));
}

ScrubbedFile Traces::search(const std::string& path, IdForm form) {
  ScrubbedFile found{path};
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (!fs::exists(path)) return found;
    throw std::runtime_error(path + ": the file cannot be read");
  }
  std::string block;
  std::vector<char> read(kBlockBytes);
  while (file.read(read.data(), static_cast<std::streamsize>(read.size())), file.gcount() > 0) {
    const auto count = static_cast<std::size_t>(file.gcount());
    found.bytes += count;
    const std::size_t kept = std::min(block.size(), search_.overlap());
    block.erase(0, block.size() - kept);
    block.append(read.data(), count);
    search_.look(block, kept, [&](std::size_t needle, std::size_t at) {
      const bool is_id = is_id_searched_ && needle == 0;
      if (of_others_.contains(needle) || (is_id && form == IdForm::whole_word && !is_whole_word(block, at))) return;
      ++(is_id ? found.user_hits : found.payload_hits);
    });
  }
  return found;
}

std::vector<ScrubbedFile> Traces::search_beside(const std::string& path, IdForm form) {
  const fs::path directory = fs::path(path).parent_path().empty() ? fs::path(".") : fs::path(path).parent_path();
  const std::string name = fs::path(path).filename().string();
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with(name))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  std::vector<ScrubbedFile> files;
  for (const std::string& each : names) files.push_back(search((fs::path(path).parent_path() / each).string(), form));
  return files;
}

std::uint64_t Traces::take_out_of(std::string_view text) {
  std::uint64_t mentions = 0;
  search_.look(text, 0, [&](std::size_t needle, std::size_t) {
    if (is_id_searched_ && needle == 0)
      ++mentions;
    else
      of_others_.insert(needle);
  });
  return mentions;
}

}  // namespace dialogue::store
