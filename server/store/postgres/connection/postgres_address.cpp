// See postgres_address.hpp.
#include "server/store/postgres/connection/postgres_address.hpp"
#include "server/store/postgres/connection/libpq.hpp"

#include <algorithm>
#include <memory>

#include "server/store/store_error.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue::store {
namespace {

constexpr std::string_view kSchemaOption = "schema=";
constexpr std::size_t kSchemaBytesMax = 48;  ///< the channel's name, which is longer, has to fit into 63
constexpr const char* kPostgresExample = "Use for example \"postgres://dialogue@db.example.com/dialogue\".";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { libpq().PQconninfoFree(options); }
};

struct FreeText {
  void operator()(char* text) const { libpq().PQfreemem(text); }
};

using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

Options options_of(const std::string& url, std::string* fault) {
  char* message = nullptr;
  Options options(libpq().PQconninfoParse(url.c_str(), &message));
  const std::unique_ptr<char, FreeText> owned(message);
  if (message != nullptr && fault != nullptr) *fault = message;
  return options;
}

std::string value_of(const Options& options, std::string_view keyword) {
  for (const PQconninfoOption* each = options.get(); each != nullptr && each->keyword != nullptr; ++each)
    if (each->keyword == keyword && each->val != nullptr) return each->val;
  return {};
}

void replace_all(std::string& text, const std::string& what, const std::string& by) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

/// Takes `schema=...` out of the URL's options, and returns its value.
std::string take_schema(std::string& url) {
  const std::size_t query = url.find('?');
  for (std::size_t at = query; at != std::string::npos; at = url.find('&', at + 1)) {
    if (url.compare(at + 1, kSchemaOption.size(), kSchemaOption) != 0) continue;
    const std::size_t begin = at + 1, end = std::min(url.find('&', begin), url.size());
    std::string value = url.substr(begin + kSchemaOption.size(), end - begin - kSchemaOption.size());
    if (end < url.size())
      url.erase(begin, end + 1 - begin);
    else
      url.erase(at);
    return value.empty() ? "?" : value;
  }
  return {};
}

bool is_schema_name(std::string_view name) {
  const auto is_letter = [](char each) { return (each >= 'a' && each <= 'z') || each == '_'; };
  return !name.empty() && name.size() <= kSchemaBytesMax && is_letter(name.front()) && !name.starts_with("pg_") &&
         std::all_of(name.begin(), name.end(), [&](char each) { return is_letter(each) || (each >= '0' && each <= '9'); });
}

}  // namespace

PostgresAddress parse_postgres_address(std::string_view url) {
  PostgresAddress address;
  address.url = url;
  address.shown = shown_url(url);
  const std::string schema = take_schema(address.url);
  if (!schema.empty()) {
    if (!is_schema_name(schema))
      throw StoreError(address.shown, "the schema is not a name of 1 to 48 small letters, digits and _.",
                       "Use for example ?schema=dialogue.");
    address.schema = schema;
  }
  std::string fault;
  if (!options_of(address.url, &fault)) {
    while (!fault.empty() && fault.back() == '\n') fault.pop_back();
    throw StoreError(address.shown, "this is not a URL of PostgreSQL: " + without_secrets(std::move(fault), address) + ".",
                     kPostgresExample);
  }
  return address;
}

std::string without_secrets(std::string text, const PostgresAddress& address) {
  replace_all(text, address.url, address.shown);
  const Options options = options_of(address.url, nullptr);
  if (options) {
    replace_all(text, value_of(options, "password"), "***");
    return text;
  }
  // It cannot be taken apart: what stands before @ may be quoted in parts.
  const std::size_t end = address.url.rfind('@'), scheme = address.url.find("://");
  if (end == std::string::npos || scheme == std::string::npos || end < scheme) return text;
  const std::string user = address.url.substr(scheme + 3, end - scheme - 3);
  replace_all(text, user, "***");
  if (const std::size_t colon = user.find(':'); colon != std::string::npos) replace_all(text, user.substr(colon + 1), "***");
  return text;
}

}  // namespace dialogue::store
