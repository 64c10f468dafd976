#include "shared/document/content.hpp"

#include "shared/document/byte_writer.hpp"
#include "shared/document/document_limits.hpp"
#include "shared/json/json_scanner.hpp"

namespace dialogue::document {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

constexpr bool is_first_byte(char byte) { return (byte & 0xC0) != 0x80; }
constexpr bool is_pair(char first) { return (first & 0xF8) == 0xF0; }

/// Whether `text` is JSON, or the "undefined" that JSON.stringify returns for a missing value.
bool is_value(std::string_view text) {
  JsonCursor cursor{text.data(), text.data() + text.size()};
  return text == "undefined" || (skip_value(cursor, 0) == ErrorCode::ok && cursor.only_space_left());
}

/// The text of a JSON value; no text makes the reader bad.
std::string_view read_json(ByteReader& in) {
  const std::string_view text = in.text();
  if (!in.is_bad() && !is_value(text)) in.fail();
  return text;
}

/// `count` times what pass() reads.
template <typename Pass>
std::string_view read_values(ByteReader& in, std::uint64_t count, Pass pass) {
  const std::size_t start = in.place();
  for (std::uint64_t done = 0; done < count && !in.is_bad(); ++done) pass();
  return in.since(start);
}

/// Returns the byte offset at which the value at place `offset` begins.
std::size_t offset_of_value(Kind kind, std::string_view bytes, std::uint64_t offset) {
  ByteReader in(bytes);
  for (; offset > 0; --offset) static_cast<void>(kind == Kind::json ? in.text() : in.value());
  return in.place();
}

struct TextPlace {
  std::size_t byte;
  bool is_within_pair;
};

TextPlace offset_in_text(std::string_view text, std::uint64_t length, std::uint64_t offset) {
  if (text.size() == length) return {static_cast<std::size_t>(offset), false};  // of ASCII only
  std::size_t at = 0;
  for (std::uint64_t unit = 0; unit < offset;) {
    const bool pair = is_pair(text[at]);
    if (pair && unit + 1 == offset) return {at, true};
    unit += pair ? 2 : 1;
    for (++at; at < text.size() && !is_first_byte(text[at]);) ++at;
  }
  return {at, false};
}

}  // namespace

std::uint64_t units_of(std::string_view text) {
  std::uint64_t units = 0;
  for (const char byte : text) units += (is_first_byte(byte) ? 1u : 0u) + (is_pair(byte) ? 1u : 0u);
  return units;
}

Content read_content(ByteReader& in, Kind kind) {
  Content content{kind, TypeKind::array, 1, {}};
  const std::size_t start = in.place();
  switch (kind) {
    case Kind::collected:
    case Kind::deleted:
    case Kind::skip:
      content.length = in.integer();
      break;
    case Kind::json:
    case Kind::any:
      content.length = in.integer();
      content.bytes = read_values(in, content.length, [&] { kind == Kind::json ? read_json(in) : in.value(); });
      break;
    case Kind::binary:
      content.bytes = in.bytes();
      break;
    case Kind::text:
      content.bytes = in.text();
      content.length = units_of(content.bytes);
      break;
    case Kind::embed:
      content.bytes = read_json(in);
      break;
    case Kind::format:
      in.text();
      read_json(in);
      content.bytes = in.since(start);
      break;
    case Kind::type: {
      const std::uint64_t type = in.integer();
      if (type > static_cast<std::uint64_t>(TypeKind::xml_text)) in.fail();
      content.type = static_cast<TypeKind>(type & 7);
      if (has_name(content.type)) content.bytes = in.text();
      break;
    }
    case Kind::document:
      in.text();
      in.value();
      content.bytes = in.since(start);
      break;
    default:
      in.fail();
  }
  if (content.length == 0 || content.length > kRunMax) in.fail();
  return content;
}

void put_content(std::string& out, const Item& item, std::uint64_t offset) {
  switch (item.kind) {
    case Kind::collected:
    case Kind::deleted:
    case Kind::skip:
      put_integer(out, item.length - offset);
      break;
    case Kind::json:
    case Kind::any:
      put_integer(out, item.length - offset);
      out += std::string_view(item.bytes).substr(offset_of_value(item.kind, item.bytes, offset));
      break;
    case Kind::text:
      if (offset > 0) {
        std::string before = item.bytes;
        put_bytes(out, cut_content(item.kind, before, item.length, offset));
        break;
      }
      [[fallthrough]];
    case Kind::binary:
    case Kind::embed:
      put_bytes(out, item.bytes);
      break;
    case Kind::type:
      put_integer(out, static_cast<std::uint64_t>(item.type->kind));
      if (has_name(item.type->kind)) put_bytes(out, item.type->name);
      break;
    case Kind::format:
    case Kind::document:
      out += item.bytes;
      break;
  }
}

std::string cut_content(Kind kind, std::string& bytes, std::uint64_t length, std::uint64_t offset) {
  if (kind == Kind::json || kind == Kind::any) {
    const std::size_t at = offset_of_value(kind, bytes, offset);
    std::string rest = bytes.substr(at);
    bytes.resize(at);
    return rest;
  }
  if (kind != Kind::text) return {};  // deleted: no content
  const auto [at, is_within_pair] = offset_in_text(bytes, length, offset);
  std::string rest = is_within_pair ? std::string(kReplacement).append(bytes, at + 4) : bytes.substr(at);
  bytes.resize(at);
  if (is_within_pair) bytes += kReplacement;
  return rest;
}

}  // namespace dialogue::document
