// The content of an item, as bytes: of a text its UTF-8, of bytes they themselves, of an embed its JSON, of a type its name; of
// `json`, `any`, `format` and `document` what the format writes. Pure; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/document/byte_reader.hpp"
#include "shared/document/structs.hpp"

namespace dialogue::document {

struct Content {
  Kind kind = Kind::collected;
  TypeKind type = TypeKind::array;
  std::uint64_t length = 0;  ///< places; 0: nothing was read
  std::string_view bytes;    ///< within what was read
};

/// Reads the content of a struct of this kind. What is malformed makes the reader bad.
[[nodiscard]] Content read_content(ByteReader& in, Kind kind);

/// Writes the content of an item from its place `offset` on.
void put_content(std::string& out, const Item& item, std::uint64_t offset);

/// The bytes from place `offset` on; `bytes` keeps those before it. A cut within a pair of surrogates makes each half U+FFFD, as
/// in Yjs, so that every end has valid text of equal length.
[[nodiscard]] std::string cut_content(Kind kind, std::string& bytes, std::uint64_t length, std::uint64_t offset);

/// Whether content of two adjacent items of this kind may be one item.
[[nodiscard]] constexpr bool is_joinable(Kind kind) {
  return kind == Kind::text || kind == Kind::any || kind == Kind::json || kind == Kind::deleted || kind == Kind::collected;
}

/// UTF-16 units of valid UTF-8.
[[nodiscard]] std::uint64_t units_of(std::string_view text);

}  // namespace dialogue::document
