// What a file is by its first bytes, never by its name. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace chat {

inline constexpr std::size_t kSniffedBytes = 16;
inline constexpr std::string_view kUnknownType = "application/octet-stream";

/// The type of a picture that a page may show: PNG, JPEG, GIF or WebP. kUnknownType for everything else, which is downloaded
/// only: SVG, HTML and PDF may have scripts.
[[nodiscard]] constexpr std::string_view type_of(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (first_bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (first_bytes.starts_with("GIF87a") || first_bytes.starts_with("GIF89a")) return "image/gif";
  if (first_bytes.size() >= 12 && first_bytes.starts_with("RIFF") && first_bytes.substr(8, 4) == "WEBP") return "image/webp";
  return kUnknownType;
}

}  // namespace chat
