// The traces of a user's data in a file: the user's id and pieces of payloads, verbatim and with any escapes of JSON. Searches
// files for them. Blocking; used by one thread.
//
//   FileScanner traces("ann", samples);
//   const ScrubbedFile file = traces.search("dialogue.db");
//   const std::uint64_t mentions = traces.take_out_of(text_of_others);
#pragma once
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/erasure/byte_search.hpp"
#include "server/store/user_data.hpp"

namespace dialogue::store {

inline constexpr std::size_t kSamplesMax = 64;     ///< of payloads that an erasure remembers
inline constexpr std::size_t kPieceBytesMin = 12;  ///< shorter payloads are not searched for
inline constexpr std::size_t kPieceBytesMax = 48;

class FileScanner {
 public:
  FileScanner(const std::string& user_id, const std::vector<std::string>& samples);

  /// As whole words the id counts only where no letter or digit is beside it: for texts, not for rows of a database.
  enum class IdForm : std::uint8_t { anywhere, whole_word };

  /// Throws std::runtime_error if the file cannot be read. A file that is gone counts as empty.
  [[nodiscard]] ScrubbedFile search(const std::string& path, IdForm form = IdForm::anywhere);
  /// A SQLite database and the files whose names begin with its own, in its directory. In its pages, and in those of its
  /// write-ahead log, bytes that a row uses do not count: rows are examined as rows. The same applies to text that begins in one
  /// page and ends in the next. In pages of long values, `explained` hits of the id do not count.
  [[nodiscard]] std::vector<ScrubbedFile> search_database(const std::string& path, std::uint64_t explained = 0);

  /// How often the user's id stands in a text that others published. Pieces that do, too, are not the user's alone: they do not
  /// count in later searches.
  [[nodiscard]] std::uint64_t take_out_of(std::string_view text);

  [[nodiscard]] bool is_id_searched() const { return ids_ > 0; }
  [[nodiscard]] std::uint64_t pieces() const { return search_.size() - ids_; }
  [[nodiscard]] std::uint64_t pieces_of_others() const { return of_others_.size(); }

 private:
  /// A block of a file, behind the end of the one before.
  struct Stream {
    std::string text{};
    std::size_t seen = 0;  ///< how much of it was looked at before
    void keep_overlap(std::size_t bytes);
  };

  void add_piece(std::string_view piece);
  void search(const Stream& stream, IdForm form, ScrubbedFile& found) const;
  [[nodiscard]] bool is_id(std::size_t needle) const { return needle < ids_; }
  [[nodiscard]] ScrubbedFile search_pages(const std::string& path, std::uint64_t& explained);
  void look_at_page(std::string_view page, bool is_first, std::size_t reserved_bytes, ScrubbedFile& found,
                    std::uint64_t& explained) const;
  [[nodiscard]] bool is_whole_word(std::string_view bytes, std::size_t at, std::size_t needle) const;

  ByteSearch search_;
  std::size_t ids_ = 0;  ///< the first needles are the id: as it is, and escaped where that differs
  std::set<std::string, std::less<>> added_;
  std::set<std::size_t> of_others_;
};

}  // namespace dialogue::store
