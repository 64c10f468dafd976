// One function for each format, written like the grammar that it names.
#include "shared/schema/formats.hpp"

#include "shared/schema/text_matcher.hpp"

namespace dialogue {
namespace {

// RFC 3339 section 5.6.

bool date(TextMatcher& text) {
  const int year = text.number(4, 9999);
  if (year < 0 || !text.accept('-')) return false;
  const int month = text.number(2, 12);
  if (month < 1 || !text.accept('-')) return false;
  const int day = text.number(2, 31);
  const bool leap_year = year % (year % 100 == 0 ? 400 : 4) == 0;
  const int days = month == 2 ? 28 + leap_year : 30 + (month + month / 8) % 2;  // from August on, the even ones are long
  return day >= 1 && day <= days;
}

/// Minutes of "23:59", -1 for any other text.
int hours_and_minutes(TextMatcher& text) {
  const int hours = text.number(2, 23);
  if (hours < 0 || !text.accept(':')) return -1;
  const int minutes = text.number(2, 59);
  return minutes < 0 ? -1 : hours * 60 + minutes;
}

bool time(TextMatcher& text) {
  constexpr int kMinutesPerDay = 24 * 60;
  int minutes = hours_and_minutes(text);
  if (minutes < 0 || !text.accept(':')) return false;
  const int seconds = text.number(2, 60);
  if (seconds < 0) return false;
  if (text.accept('.')) {
    if (!text.is_digit()) return false;
    while (text.is_digit()) text.advance();
  }
  if (text.is_any_of("+-")) {
    const bool east = text.next() == '+';
    text.advance();
    const int offset = hours_and_minutes(text);
    if (offset < 0) return false;
    minutes += kMinutesPerDay + (east ? -offset : offset);
  } else if (!text.accept('Z') && !text.accept('z')) {
    return false;
  }
  // Section 5.7: a leap second is the last second of a day in UTC.
  return seconds < 60 || minutes % kMinutesPerDay == kMinutesPerDay - 1;
}

bool date_time(TextMatcher& text) { return date(text) && (text.accept('T') || text.accept('t')) && time(text); }

/// RFC 2673 section 3.2, dotted quad without needless zeros.
bool ipv4(TextMatcher& text) {
  for (int part = 0; part < 4; ++part) {
    if ((part > 0 && !text.accept('.')) || !text.is_digit()) return false;
    if (text.accept('0')) continue;
    for (int value = 0; text.is_digit(); text.advance()) {
      value = value * 10 + (text.next() - '0');
      if (value > 255) return false;
    }
  }
  return true;
}

/// RFC 4291 section 2.2: eight groups, one run of them as "::", the last two as a dotted quad.
bool ipv6(TextMatcher& text) {
  int groups = 0;
  bool gap = false;
  if (text.accept(':')) {
    if (!text.accept(':')) return false;
    gap = true;
  }
  while (groups < 8 && text.is_hex()) {
    if (TextMatcher quad = text; groups <= 6 && ipv4(quad)) {
      text = quad;
      groups += 2;
      break;
    }
    for (int digits = 0; text.is_hex(); text.advance())
      if (++digits > 4) return false;
    ++groups;
    if (TextMatcher ahead = text; !ahead.accept(':')) break;
    text.advance();
    if (text.next() == ':') {
      if (gap) return false;
      gap = true;
      text.advance();
    } else if (!text.is_hex()) {
      return false;
    }
  }
  return gap ? groups < 8 : groups == 8;
}

/// RFC 1123 section 2.1: labels of 1 to 63 letters, digits and hyphens, 253 together. Ends where another character stands.
bool hostname(TextMatcher& text) {
  constexpr int kLabelMax = 63, kHostnameMax = 253;
  int length = 0;
  for (;; ++length) {
    bool hyphen = true;  // neither first nor last
    int label = 0;
    for (; text.is_letter() || text.is_digit() || (text.next() == '-' && label > 0); text.advance(), ++label)
      hyphen = text.next() == '-';
    length += label;
    if (hyphen || label > kLabelMax || length > kHostnameMax) return false;
    if (!text.accept('.')) return true;
  }
}

/// RFC 5321 section 4.1.2, Mailbox.
bool email(TextMatcher& text) {
  constexpr int kLocalPartMax = 64;
  int length = 0;
  if (text.accept('"')) {
    for (; !text.accept('"'); text.advance(), ++length) {
      if (text.next() == '\\') text.advance();
      if (text.next() < 0x20 || text.next() > 0x7E) return false;
    }
  } else {
    bool dot = true;  // neither first nor last, nor two of them
    for (; text.is_letter() || text.is_digit() || text.is_any_of("!#$%&'*+-/=?^_`{|}~") || (text.next() == '.' && !dot);
         text.advance(), ++length)
      dot = text.next() == '.';
    if (dot) return false;
  }
  if (length > kLocalPartMax || !text.accept('@')) return false;
  if (!text.accept('[')) return hostname(text);
  if (TextMatcher tagged = text; tagged.accept_word("ipv6:")) {
    text = tagged;
    return ipv6(text) && text.accept(']');
  }
  return ipv4(text) && text.accept(']');
}

constexpr char kUnreserved[] = "-._~", kSubDelimiters[] = "!$&'()*+,;=";  // RFC 3986 sections 2.2 and 2.3

/// Any count of the characters that RFC 3986 calls pchar, and of `more`.
bool uri_characters(TextMatcher& text, const char* more) {
  for (;;) {
    if (text.accept('%')) {
      for (int i = 0; i < 2; ++i, text.advance())
        if (!text.is_hex()) return false;
    } else if (text.is_letter() || text.is_digit() || text.is_any_of(kUnreserved) || text.is_any_of(kSubDelimiters) ||
               text.is_any_of(more)) {
      text.advance();
    } else {
      return true;
    }
  }
}

/// RFC 3986 section 3.2, after "//".
bool uri_authority(TextMatcher& text) {
  TextMatcher user = text;
  if (!uri_characters(user, ":")) return false;
  if (user.accept('@')) text = user;
  if (text.accept('[')) {
    if (!ipv6(text) || !text.accept(']')) return false;
  } else if (!uri_characters(text, "")) {
    return false;
  }
  if (text.accept(':'))
    while (text.is_digit()) text.advance();
  return text.at_end() || text.is_any_of("/?#");
}

/// RFC 3986 section 3.
bool uri(TextMatcher& text) {
  if (!text.is_letter()) return false;
  while (text.is_letter() || text.is_digit() || text.is_any_of("+-.")) text.advance();
  if (!text.accept(':')) return false;
  if (TextMatcher slashes = text; slashes.accept('/') && slashes.accept('/')) {
    text = slashes;
    if (!uri_authority(text)) return false;
  }
  return uri_characters(text, ":@/") && (!text.accept('?') || uri_characters(text, ":@/?")) &&
         (!text.accept('#') || uri_characters(text, ":@/?"));
}

/// RFC 9562 section 4.
bool uuid(TextMatcher& text) {
  for (int i = 0; i < 36; ++i) {
    const bool hyphen = i >= 8 && i <= 23 && i % 5 == 3;  // 8, 13, 18, 23
    if (hyphen ? text.next() != '-' : !text.is_hex()) return false;
    text.advance();
  }
  return true;
}

/// The value of a base64 digit, -1 for another character.
int base64_digit(const TextMatcher& text) {
  const std::int32_t c = text.next();
  if (text.is_letter()) return c >= 'a' ? c - 'a' + 26 : c - 'A';
  if (text.is_digit()) return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// RFC 4648 section 4, with its padding, and with zeros in the bits that are left over (section 3.5): one text for one value.
bool bytes(TextMatcher& text) {
  std::uint32_t digits = 0;
  int last = 0;
  for (int digit = base64_digit(text); digit >= 0; digit = base64_digit(text), ++digits) {
    last = digit;
    text.advance();
  }
  text.length = digits * 3 / 4;
  switch (digits % 4) {
    case 0:
      return true;
    case 2:
      return (last & 15) == 0 && text.accept('=') && text.accept('=');
    case 3:
      return (last & 3) == 0 && text.accept('=');
    default:
      return false;
  }
}

/// In the order of Format; the first one has no name.
constexpr std::string_view kNames = " date-time date time email hostname ipv4 ipv6 uri uuid bytes ";
constexpr bool (*kMatches[])(TextMatcher&) = {date_time, date, time, email, hostname, ipv4, ipv6, uri, uuid, bytes};

}  // namespace

std::string_view format_name(Format format) {
  std::string_view names = kNames;
  for (auto left = static_cast<int>(format); left > 0; --left) names.remove_prefix(names.find(' ') + 1);
  return names.substr(0, names.find(' '));
}

bool matches_format(Format format, const JsonString& string, std::uint32_t& length) {
  TextMatcher text(string);
  if (format != Format::none && !(kMatches[static_cast<std::size_t>(format) - 1](text) && text.at_end())) return false;
  length = text.length;
  return true;
}

}  // namespace dialogue
