// See restrictions.hpp. The calendar is that of std::chrono, without a clock.
#include "apps/chat/api/restrictions.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace chat {
namespace {

std::string utc(std::int64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(unix_ms)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss<milliseconds> clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()));
  return text.data();
}

}  // namespace

std::string restriction_words(std::string_view verb, std::int64_t until_ms, bool has_end, std::string_view reason) {
  std::string words = "You are " + std::string(verb) + " this room";
  if (has_end) words += " until " + utc(until_ms);
  if (!reason.empty()) words += ": " + std::string(reason);
  return words + ".";
}

}  // namespace chat
