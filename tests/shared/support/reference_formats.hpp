// Formats and patterns a second time, by other means: std::regex, inet_pton, and hand-written answers for the generator's
// patterns.
#pragma once
#include <arpa/inet.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <string>

#include "shared/base/base64.hpp"
#include "shared/schema/schema.hpp"

namespace dialogue::testing {

inline bool matches(const std::string& text, const char* regex) {
  static std::map<std::string, std::regex> compiled;
  const auto found = compiled.try_emplace(regex, regex).first;
  return std::regex_match(text, found->second);
}

inline bool reference_date(const std::string& text) {
  if (!matches(text, "\\d{4}-\\d\\d-\\d\\d")) return false;
  const int year = std::atoi(text.c_str()), month = std::atoi(text.c_str() + 5), day = std::atoi(text.c_str() + 8);
  const int days[] = {31, year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
                      31};
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

inline bool reference_time(const std::string& text) {
  std::smatch found;
  static const std::regex form("(\\d\\d):(\\d\\d):(\\d\\d)(\\.\\d+)?([Zz]|([+-])(\\d\\d):(\\d\\d))");
  if (!std::regex_match(text, found, form)) return false;
  const auto number = [&](std::size_t group) { return found[group].matched ? std::stoi(found[group]) : 0; };
  if (number(1) > 23 || number(2) > 59 || number(3) > 60 || number(7) > 23 || number(8) > 59) return false;
  const int offset = (number(7) * 60 + number(8)) * (found[6] == "-" ? -1 : 1);
  return number(3) < 60 || (number(1) * 60 + number(2) - offset + 2880) % 1440 == 1439;
}

inline bool reference_hostname(const std::string& text) {
  return text.size() <= 253 &&
         matches(text, "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
}

inline bool reference_address(int family, const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(family, text.c_str(), bytes) == 1;
}

inline bool reference_email(const std::string& text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return false;
  const std::string local = text.substr(0, at), domain = text.substr(at + 1);
  const bool atoms = matches(local, "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*");
  if (!atoms && !matches(local, "\"([ !#-\\[\\]-~]|\\\\[ -~])*\"")) return false;
  return local.size() <= 64 && reference_hostname(domain);
}

inline bool reference_uri(const std::string& text) {
  return matches(
      text,
      "[A-Za-z][A-Za-z0-9+.-]*:"
      "(//(([A-Za-z0-9._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?(\\[[0-9A-Fa-f:.]+\\]|([A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)"
      "(:[0-9]*)?(?=[/?#]|$))?"
      "([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*(\\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
      "(#([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?");
}

inline bool reference_format(Format format, const std::string& text) {
  if (format == Format::none) return true;
  if (text.find_first_of(std::string("\n\0", 2)) != std::string::npos)
    return false;  // which regex and inet_pton read in their own way
  switch (format) {
    case Format::none:
      return true;
    case Format::date:
      return reference_date(text);
    case Format::time:
      return reference_time(text);
    case Format::date_time:
      return text.size() > 10 && (text[10] | 0x20) == 't' && reference_date(text.substr(0, 10)) &&
             reference_time(text.substr(11));
    case Format::email:
      return reference_email(text);
    case Format::hostname:
      return reference_hostname(text);
    case Format::ipv4:
      return reference_address(AF_INET, text);
    case Format::ipv6:
      return reference_address(AF_INET6, text);
    case Format::uri:
      return reference_uri(text);
    case Format::uuid:
      return matches(text, "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}");
    case Format::bytes:
      return decode_base64(text).has_value();
  }
  return false;
}

inline std::size_t code_points(const std::string& text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

/// One of the patterns of string_kinds().
inline bool reference_pattern(const std::string& pattern, const std::string& text) {
  if (pattern == "^[a-z]{1,3}$")
    return !text.empty() && text.size() <= 3 && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == text.npos;
  if (pattern == "\\d") return text.find_first_of("0123456789") != text.npos;
  if (pattern == "^.$") return code_points(text) == 1 && text != "\n" && text != "\r";
  std::string rest = text;  // ^(ab|c)*$
  while (!rest.empty()) {
    if (rest.starts_with("ab"))
      rest.erase(0, 2);
    else if (rest.starts_with("c"))
      rest.erase(0, 1);
    else
      return false;
  }
  return true;
}

}  // namespace dialogue::testing
