// The query of a request, held to its route's parameters. A plain value.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/api/table/routes.hpp"
#include "server/core/messages/shard_message.hpp"

namespace dialogue::api {

class ApiQuery {
 public:
  /// Each parameter known, given once (but `texts`) and within its bounds; else request_invalid with its name.
  [[nodiscard]] static std::variant<ApiQuery, core::Error> parse(std::string_view query,
                                                                 std::span<const ApiParameter> parameters);

  [[nodiscard]] std::optional<std::uint64_t> integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  /// Empty when it was not given.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

/// A text as it may stand in a query's value.
[[nodiscard]] std::string query_encoded(std::string_view text);

}  // namespace dialogue::api
