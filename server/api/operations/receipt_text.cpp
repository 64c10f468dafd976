// See receipt_text.hpp.
#include "server/api/operations/receipt_text.hpp"

#include <charconv>

#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

std::string receipt_text(const ReceiptRow& row) {
  JsonText text;
  text.text("room", row.room).text("user", row.user_id).number("epoch", row.epoch);
  text.number("from", row.first).number("to", row.last);
  return text.number("since", row.since_ms).number("until", row.until_ms).take();
}

std::string place_text(const ReceiptPlace& place) {
  return std::to_string(place.epoch) + "." + std::to_string(place.first) + "." + place.name;
}

std::optional<ReceiptPlace> place_from(std::string_view text) {
  ReceiptPlace place;
  for (std::uint64_t* value : {&place.epoch, &place.first}) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return {};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + dot, *value);
    if (fault != std::errc() || end != text.data() + dot || *value > kSafeIntegerMax) return {};
    text.remove_prefix(dot + 1);
  }
  place.name = text;
  return place;
}

}  // namespace dialogue::api
