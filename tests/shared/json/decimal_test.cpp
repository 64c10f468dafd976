// Numbers compared as decimals: exactly, at any size.
#include "shared/json/decimal.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace {

using namespace dialogue;

int order(std::string_view a, std::string_view b) { return compare(parse_decimal(a), parse_decimal(b)); }
bool multiple(std::string_view value, std::string_view step) { return is_multiple(parse_decimal(value), parse_decimal(step)); }

TEST_CASE("decimals are ordered by value, however they are written") {
  const char* ascending[] = {
      "-1e999", "-1e400", "-123.5",  "-2",   "-1.5",   "-1",   "-0.1",   "-1e-400", "0",
      "1e-999", "1e-400", "0.1",     "0.11", "0.2",    "1",    "1.0001", "9",       "10",
      "99.999", "100",    "1234567", "1e30", "1.1e30", "2e30", "1e400",  "1e999",   "1e99999999999999999999"};
  for (std::size_t i = 0; i < std::size(ascending); ++i)
    for (std::size_t k = 0; k < std::size(ascending); ++k) {
      INFO(ascending[i] << " and " << ascending[k]);
      CHECK(order(ascending[i], ascending[k]) == (i < k ? -1 : i > k ? 1 : 0));
    }
}

TEST_CASE("different texts of one value are equal") {
  const char* groups[][4] = {{"0", "-0", "0.000", "0e99"},
                             {"1", "1.0", "10e-1", "0.1E+1"},
                             {"120", "1.2e2", "120.00", "0.00012e6"},
                             {"-5e-3", "-0.005", "-0.0050", "-50e-4"}};
  for (const auto& group : groups)
    for (const char* a : group)
      for (const char* b : group) {
        INFO(a << " and " << b);
        CHECK(order(a, b) == 0);
      }
}

TEST_CASE("digits beyond those of a double count") {
  CHECK(order("9007199254740993", "9007199254740992") == 1);
  CHECK(order("0.1", "0.1000000000000000055511151231257827") == -1);
  CHECK(order(std::string(400, '9'), "1" + std::string(400, '0')) == -1);
  CHECK(order("1" + std::string(500, '0') + "1", "1" + std::string(500, '0') + "2") == -1);
}

TEST_CASE("an integer is a number without a fraction") {
  for (const char* whole : {"0", "-0.0", "1", "1.0", "1e2", "120e-1", "1.5e1", "1e400", "0e-5"})
    CHECK(is_integer(parse_decimal(whole)));
  for (const char* other : {"0.5", "1e-1", "1.5", "15e-1", "1e-400", "123456789.0000001"})
    CHECK_FALSE(is_integer(parse_decimal(other)));
}

TEST_CASE("multiples are computed exactly") {
  CHECK(multiple("0.3", "0.1"));
  CHECK(multiple("19.99", "0.01"));
  CHECK(multiple("4.35", "0.05"));
  CHECK(multiple("-9", "3"));
  CHECK(multiple("0", "7"));
  CHECK(multiple("1e300", "0.0001"));
  CHECK(multiple("1e1000", "8"));
  CHECK(multiple("7.5", "2.5"));
  CHECK(multiple("3e5", "12"));
  CHECK_FALSE(multiple("0.35", "0.1"));
  CHECK_FALSE(multiple("10", "3"));
  CHECK_FALSE(multiple("1e1000", "3"));
  CHECK_FALSE(multiple("0.0075", "0.01"));
  CHECK_FALSE(multiple("1", "2"));
  CHECK(multiple("72057594037927936", "72057594037927936"));
  CHECK(multiple("72057594037927936e57", "99999999999999999") == false);
  CHECK(multiple("1e58", "72057594037927936"));
  CHECK_FALSE(multiple("1e55", "72057594037927936"));
}

}  // namespace
