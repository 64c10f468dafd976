// Stamps are found by memmem and read in place: the generator reads each of them as often as there are members.
#include "server/load/protocol/stamp.hpp"

#include <array>
#include <charconv>
#include <cstring>

namespace dialogue::load {
namespace {

constexpr std::string_view kFrom = ",\"from\":", kAt = ",\"at\":", kText = ",\"text\":\"", kEnd = "\"}";

void append(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

bool take_number(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

void write_body(std::string& out, const Stamp& stamp, std::size_t bytes) {
  const std::size_t begin = out.size();
  out.append("{").append(kStampMarker);
  append(out, stamp.n);
  out.append(kFrom);
  append(out, stamp.from);
  out.append(kAt);
  append(out, stamp.at_us);
  out.append(kText);
  const std::size_t so_far = out.size() - begin + kEnd.size();
  if (so_far < bytes) out.append(bytes - so_far, 'x');
  out.append(kEnd);
}

std::optional<Stamp> take_stamp(std::string_view& text, std::string_view marker) {
  while (const void* found = memmem(text.data(), text.size(), marker.data(), marker.size())) {
    text.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + marker.size());
    Stamp stamp;
    std::string_view rest = text;
    if (take_number(rest, stamp.n) && take_word(rest, kFrom) && take_number(rest, stamp.from) && take_word(rest, kAt) &&
        take_number(rest, stamp.at_us)) {
      text = rest;
      return stamp;
    }
  }
  text = {};
  return std::nullopt;
}

}  // namespace dialogue::load
