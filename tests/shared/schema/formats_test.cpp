// The formats that assert, each with what it takes and what it refuses.
#include "shared/schema/formats.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "shared/json/json_reader.hpp"

namespace {

using namespace dialogue;

bool has_format(Format format, std::string_view text) {
  std::string json;
  append_json_string(json, text);
  JsonCursor cursor{json.data(), json.data() + json.size()};
  JsonString string;
  REQUIRE(scan_string(cursor, string) == ErrorCode::ok);
  std::uint32_t length = 0;
  return matches_format(format, string, length);
}

void check(Format format, const std::vector<std::string>& good, const std::vector<std::string>& bad) {
  for (const std::string& text : good) {
    INFO(format_name(format) << " " << text);
    CHECK(has_format(format, text));
  }
  for (const std::string& text : bad) {
    INFO(format_name(format) << " " << text);
    CHECK_FALSE(has_format(format, text));
  }
}

TEST_CASE("format date: RFC 3339 full-date") {
  check(Format::date, {"2024-02-29", "2000-02-29", "1999-12-31", "0000-01-01", "9999-12-31", "2023-04-30"},
        {"", "2023-02-29", "1900-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "2024-04-31", "2024-1-01", "24-01-01",
         "2024-01-1", "2024-01-32", "2024-01-00", "2024/01/01", "2024-01-01T", " 2024-01-01", "2024-01-01 ", "2024-W01-1",
         "\xd9\xa1"
         "024-01-01"});
}

TEST_CASE("format time: RFC 3339 full-time, with its leap seconds") {
  check(Format::time,
        {"00:00:00Z", "23:59:59.123456789Z", "12:30:00+02:00", "12:30:00-23:59", "23:59:60Z", "15:59:60-08:00", "01:29:60+01:30",
         "08:30:06z", "05:29:60.25+05:30"},
        {"", "12:30:00", "24:00:00Z", "12:60:00Z", "12:30:61Z", "12:30:60Z", "23:59:60+01:00", "12:30Z", "12:30:00.Z",
         "12:30:00+2:00", "12:30:00+24:00", "12:30:00+02:60", "12:30:00+0200", "1:30:00Z", "12:30:00ZZ", "12:30:00,5Z",
         "12:30:00 Z"});
}

TEST_CASE("format date-time: RFC 3339 date-time") {
  check(Format::date_time, {"2024-02-29T12:30:00Z", "1990-12-31t23:59:60z", "1963-06-19T08:30:06.283185+02:00"},
        {"", "2024-02-29", "12:30:00Z", "2024-02-29 12:30:00Z", "2024-02-30T12:30:00Z", "2024-02-29T12:30:00",
         "2024-02-29T24:00:00Z", "2024-02-29T12:30:00Z\n", "2013-350T01:01:01Z"});
}

TEST_CASE("format email: RFC 5321 Mailbox") {
  check(Format::email,
        {"joe@example.com", "te~st@example.com", "a.b.c@x", "\"joe bloggs\"@example.com", "\"a\\\"b\"@example.com",
         "joe@[127.0.0.1]", "joe@[IPv6:::1]", "joe@[ipv6:2001:db8::1]", "!#$%&'*+-/=?^_`{|}~@example.com", "1@2.3"},
        {"",
         "joe",
         "@example.com",
         "joe@",
         ".joe@example.com",
         "joe.@example.com",
         "j..oe@example.com",
         "joe@example..com",
         "joe@-a.com",
         "joe@a_b.com",
         "joe bloggs@example.com",
         "joe@[127.0.0.300]",
         "joe@[::1]",
         "joe@[IPv6:12345::]",
         "joe@[IPv4:1.2.3.4]",
         "\"joe@example.com",
         "\"a\"b@example.com",
         "joe@example.com.",
         "j\xc3\xb6@example.com",
         "a@b@c",
         std::string(65, 'a') + "@b.com",
         "joe@[127.0.0.1"});
}

TEST_CASE("format hostname: RFC 1123") {
  check(Format::hostname,
        {"localhost", "a", "www.example.com", "xn--4gbwdl.xn--wgbh1c", "1.2.3", "a-b.c", std::string(63, 'a') + ".com"},
        {"", ".", "a..b", "-a", "a-", "a_b", "a.", ".a", "a b", "\xc3\xa9.com", std::string(64, 'a') + ".com",
         std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a')});
}

TEST_CASE("format ipv4: dotted quad") {
  check(Format::ipv4, {"0.0.0.0", "255.255.255.255", "192.168.10.1"},
        {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.1.1.256", "01.2.3.4", "1.2.3.00", "1..2.3", "1.2.3.", ".1.2.3", "1.2.3.4 ",
         "a.b.c.d", "0x7f.0.0.1", "1.2.3.-4", "2130706433", "1.2.3.4/8"});
}

TEST_CASE("format ipv6: RFC 4291") {
  check(Format::ipv6,
        {"::", "::1", "1::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
         "::ffff:192.168.0.1", "1:2:3:4:5:6:1.2.3.4", "1::d6:192.168.0.1", "ABCD::ef", "0:0:0:0:0:0:0:0", "::1.2.3.4"},
        {"",
         ":",
         ":::",
         "1:2:3:4:5:6:7",
         "1:2:3:4:5:6:7:8:9",
         "1::2::3",
         "12345::",
         "g::",
         "1:2:3:4:5:6:7:8::",
         "1:2:3:4:5:6:7:",
         ":1",
         "1:",
         "::1%eth0",
         "::1/64",
         "1:2:3:4:5:6:7:1.2.3.4",
         "1.2.3.4",
         "1.2.3.4::",
         "::1.2.3",
         "::256.1.1.1",
         "1:2:3:4:5:6:7:8:",
         "::1.2.3.4:5",
         "1:2:3:4::5:1.2.3.4:6"});
}

TEST_CASE("format uri: RFC 3986") {
  check(Format::uri,
        {"http://example.com/a?b=c#d", "https://user:pw@example.com:8080/", "urn:oasis:names", "mailto:joe@example.com", "a:",
         "a://", "a:/b", "http://[::1]:80/", "http://1.2.3.4", "tel:+1-816-555-1212", "ftp://a/%41%aF", "http://x/?q=a/b?c#e?f/g",
         "x+y.z-1:p", "http://a.b-c~d_e!$&'()*+,;=/:@", "ldap://[2001:db8::7]/c=GB?objectClass?one", "http://example.com:"},
        {"",
         "abc",
         "/path",
         "//host/path",
         "http://a b",
         "http://a/\\b",
         "1a:b",
         ":a",
         "http://a/%4",
         "http://a/%zz",
         "http://a/#b#c",
         "http://[::1",
         "http://[::g]/",
         "http://a/<b>",
         "http://a/\"b\"",
         "http://a/{b}",
         "http://a:80a/",
         "http://\xc3\xa9.com/",
         "http://a/|",
         "http://a/^",
         "http://a/`",
         "http://a[b]/",
         "http://u[@h/",
         "http://[::1]x/",
         "a:[",
         "http://a@b@c/"});
}

TEST_CASE("format uuid: RFC 9562") {
  check(
      Format::uuid,
      {"2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "00000000-0000-0000-0000-000000000000"},
      {"", "2eb8aa08aa9811eab4aa73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638", "2eb8aa08-aa98-11ea-b4aa-73b441d163800",
       "2eb8aa0-8aa98-11ea-b4aa-73b441d16380", "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}", "ghb8aa08-aa98-11ea-b4aa-73b441d16380"});
}

TEST_CASE("format bytes: canonical base64") {
  check(Format::bytes, {"", "Zg==", "Zm8=", "Zm9v", "+/+/"},
        {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9v=", "====", "Z===", "Zm9v\n", "Zm-_", "Zg==Zg==", "Zm9vZ", "Z\xc3\xa9=="});
}

TEST_CASE("of base64 the bytes are counted that it stands for") {
  const auto length_of = [](std::string_view text) {
    JsonCursor cursor{text.data(), text.data() + text.size()};
    JsonString string;
    REQUIRE(scan_string(cursor, string) == ErrorCode::ok);
    std::uint32_t length = 99;
    REQUIRE(matches_format(Format::bytes, string, length));
    return length;
  };
  CHECK(length_of(R"("")") == 0);
  CHECK(length_of(R"("Zg==")") == 1);
  CHECK(length_of(R"("Zm8=")") == 2);
  CHECK(length_of(R"("Zm9v")") == 3);
  CHECK(length_of(R"("Zm9vYg==")") == 4);
  CHECK(length_of(R"("\/\/8\u003d")") == 2);
}

TEST_CASE("escapes in a string are resolved before its format is looked at") {
  const std::string json = R"("\u0032024-02\u002d29")";
  JsonCursor cursor{json.data(), json.data() + json.size()};
  JsonString string;
  REQUIRE(scan_string(cursor, string) == ErrorCode::ok);
  std::uint32_t length = 0;
  CHECK(matches_format(Format::date, string, length));
}

TEST_CASE("without a format every text is valid") { CHECK(has_format(Format::none, "anything")); }

}  // namespace
