// A text with places to fill: "PUB {room} {bytes}\r\n{body}\r\n". A brace that begins no known name is a brace, so that JSON can
// be written as it is. Immutable; safe from any thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dialogue::load {

class TemplateText {
 public:
  /// {room}: the room's id. {from}: the member's index. {n}: the publication's number. {body}: its payload, {bytes} long.
  struct Values {
    std::string_view room, body;
    std::uint64_t from = 0, n = 0;
  };

  explicit TemplateText(std::string_view text);

  void append(std::string& out, const Values& values) const;
  [[nodiscard]] std::string with(const Values& values) const;

 private:
  enum class Place : std::uint8_t { none, room, from, n, body, bytes };
  struct Part {
    std::string literal;
    Place place = Place::none;  ///< what follows the literal
  };
  std::vector<Part> parts_;
};

}  // namespace dialogue::load
