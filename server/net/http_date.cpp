// Written by hand, as strftime follows the locale of the process.
#include "server/net/http_date.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace dialogue::net {
namespace {

std::string written(std::int64_t unix_s) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = unix_s;
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text;
  const int size =
      std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", kDays[parts.tm_wday], parts.tm_mday,
                    kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::string http_date(std::int64_t unix_s) {
  struct Date {
    std::int64_t unix_s;
    std::string text;
  };
  thread_local Date last{unix_s, written(unix_s)};  // most answers are of one second
  if (last.unix_s != unix_s) last = {unix_s, written(unix_s)};
  return last.text;
}

}  // namespace dialogue::net
