#include "server/load/protocol/template_text.hpp"

#include <array>
#include <utility>

namespace dialogue::load {

TemplateText::TemplateText(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, Place>, 5> kPlaces = {
      {{"{room}", Place::room}, {"{from}", Place::from}, {"{n}", Place::n}, {"{body}", Place::body}, {"{bytes}", Place::bytes}}};
  parts_.emplace_back();
  while (!text.empty()) {
    std::size_t taken = 0;
    for (const auto& [name, place] : kPlaces)
      if (text.starts_with(name)) {
        parts_.back().place = place;
        parts_.emplace_back();
        taken = name.size();
      }
    if (taken == 0) {
      parts_.back().literal += text.front();
      taken = 1;
    }
    text.remove_prefix(taken);
  }
}

void TemplateText::append(std::string& out, const Values& values) const {
  for (const Part& part : parts_) {
    out += part.literal;
    switch (part.place) {
      case Place::none:
        break;
      case Place::room:
        out += values.room;
        break;
      case Place::from:
        out += std::to_string(values.from);
        break;
      case Place::n:
        out += std::to_string(values.n);
        break;
      case Place::body:
        out += values.body;
        break;
      case Place::bytes:
        out += std::to_string(values.body.size());
        break;
    }
  }
}

std::string TemplateText::with(const Values& values) const {
  std::string text;
  append(text, values);
  return text;
}

}  // namespace dialogue::load
