// The values of a statement's parameters, in PostgreSQL's binary form. Built by one thread, then read by the connection that
// sends them.
//
//   PostgresParameters parameters;
//   parameters.add(key.tenant).add(key.room).add(range.from_seq);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/postgres/connection/libpq.hpp"

namespace dialogue::store {

class PostgresParameters {
 public:
  PostgresParameters& add(std::uint64_t number);    ///< int8
  PostgresParameters& add(std::string_view bytes);  ///< bytea
  PostgresParameters& add(const std::string& bytes) { return add(std::string_view(bytes)); }
  PostgresParameters& add(const char*) = delete;        ///< bytes or text?
  PostgresParameters& add_text(std::string_view text);  ///< text
  PostgresParameters& add(const std::vector<std::uint64_t>& numbers);
  PostgresParameters& add(const std::vector<std::string_view>& bytes);
  PostgresParameters& add_texts(const std::vector<std::string>& texts);

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] const std::vector<Oid>& types() const { return types_; }
  /// Valid until the next add().
  [[nodiscard]] std::vector<const char*> pointers() const;
  [[nodiscard]] std::vector<int> lengths() const;
  [[nodiscard]] std::vector<int> formats() const { return std::vector<int>(values_.size(), 1); }

 private:
  std::string& place(Oid type);
  template <typename Texts>
  void add_array(Oid array, Oid element, const Texts& texts);

  std::vector<Oid> types_;
  std::vector<std::string> values_;
};

}  // namespace dialogue::store
