// The address of a PostgreSQL store: a URL as libpq reads it, with one option of ours, `schema`. What the URL leaves out comes
// from libpq's environment (PGHOST, PGPASSWORD, ~/.pgpass, ...). Values; parsing does no I/O.
#pragma once
#include <string>
#include <string_view>

namespace dialogue::store {

struct PostgresAddress {
  std::string url;                  ///< libpq's, without `schema`; it may contain a password
  std::string schema = "dialogue";  ///< small letters, digits and _
  std::string shown;                ///< for operators: without a name, a password and options
};

/// Throws StoreError, whose texts show no password.
[[nodiscard]] PostgresAddress parse_postgres_address(std::string_view url);

/// `text` without the URL and its password, which libpq's messages may quote.
[[nodiscard]] std::string without_secrets(std::string text, const PostgresAddress& address);

}  // namespace dialogue::store
