// The table of errors is complete and says each thing once.
#include "shared/base/errors.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>
#include <string>

#include "tests/file_bytes.hpp"
#include "tests/source_dir.hpp"

namespace {

using namespace dialogue;

/// "name = number" of every enumerator, read from the header: the compiler has no list of them.
std::set<std::pair<std::string, int>> enumerators() {
  const std::string text = testing::file_bytes(source_dir() + "/shared/base/errors.hpp");
  const std::size_t begin = text.find("enum class ErrorCode"), end = text.find("};", begin);
  REQUIRE(begin != std::string::npos);
  std::string body = std::regex_replace(text.substr(begin, end - begin), std::regex("//[^\n]*"), "");
  std::set<std::pair<std::string, int>> found;
  const std::regex entry("(\\w+) = (\\d+)");
  for (std::sregex_iterator match(body.begin(), body.end(), entry), last; match != last; ++match)
    found.emplace((*match)[1], std::stoi((*match)[2]));
  return found;
}

TEST_CASE("every error code has exactly one row, under its own name") {
  std::set<std::pair<std::string, int>> rows;
  for (const ErrorRow& row : kErrors) rows.emplace(std::string(row.name), static_cast<int>(row.code));
  CHECK(rows == enumerators());
  CHECK(rows.size() == std::size(kErrors));
}

TEST_CASE("names and numbers of errors are unique") {
  std::set<std::string_view> names;
  std::set<ErrorCode> codes;
  for (const ErrorRow& row : kErrors) {
    CHECK(names.insert(row.name).second);
    CHECK(codes.insert(row.code).second);
  }
}

TEST_CASE("error names are lower snake_case, and every error has a sentence and an advice") {
  for (const ErrorRow& row : kErrors) {
    INFO(row.name);
    CHECK(std::all_of(row.name.begin(), row.name.end(),
                      [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }));
    CHECK_FALSE(row.message.empty());
    CHECK(row.advice.empty() == (row.code == ErrorCode::ok));
  }
}

TEST_CASE("close codes are ones that a server may send, and reconnect exactly when retrying can help") {
  for (const ErrorRow& row : kErrors) {
    if (row.close_code == 0) continue;
    INFO(row.name);
    const bool reconnects =
        row.close_code == 1012 || row.close_code == 1013 || (row.close_code >= 4000 && row.close_code <= 4499);
    const bool terminal =
        (row.close_code >= 1002 && row.close_code <= 1009 && row.close_code != 1005 && row.close_code != 1006) ||
        (row.close_code >= 4500 && row.close_code <= 4999);
    CHECK(reconnects != terminal);
    CHECK(reconnects == row.retryable);
  }
}

TEST_CASE("an unknown code reads as no error") {
  CHECK(error_row(static_cast<ErrorCode>(9999)).code == ErrorCode::ok);
  CHECK(error_name(ErrorCode::wrong_type) == "wrong_type");
}

}  // namespace
