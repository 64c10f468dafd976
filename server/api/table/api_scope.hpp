// The scopes of API keys. Each route requires one scope; `admin` includes all, and `operate` includes `observe`, `read` and
// `publish`. Plain values.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dialogue::api {

/// In the order of kApiScopeNames. `none`: a public route.
enum class ApiScope : std::uint8_t { none, publish, read, rooms, users, observe, operate, admin };

inline constexpr std::array<std::string_view, 8> kApiScopeNames = {"none",  "publish", "read",    "rooms",
                                                                   "users", "observe", "operate", "admin"};

[[nodiscard]] constexpr std::string_view name_of(ApiScope scope) { return kApiScopeNames[static_cast<std::size_t>(scope)]; }

/// Of "publish" to "admin"; "none" cannot be granted.
[[nodiscard]] constexpr std::optional<ApiScope> api_scope_of(std::string_view name) {
  for (std::size_t i = 1; i < kApiScopeNames.size(); ++i)
    if (kApiScopeNames[i] == name) return static_cast<ApiScope>(i);
  return std::nullopt;
}

class ApiScopes {
 public:
  [[nodiscard]] static constexpr ApiScopes of(ApiScope scope) {
    ApiScopes scopes;
    scopes.add(scope);
    return scopes;
  }
  constexpr void add(ApiScope scope) { bits_ |= bit(scope); }
  [[nodiscard]] constexpr bool allow(ApiScope scope) const { return scope == ApiScope::none || (bits_ & holders_of(scope)) != 0; }
  friend bool operator==(const ApiScopes&, const ApiScopes&) = default;

 private:
  [[nodiscard]] static constexpr unsigned bit(ApiScope scope) { return 1u << static_cast<unsigned>(scope); }

  /// The scopes that hold this one, itself included.
  [[nodiscard]] static constexpr unsigned holders_of(ApiScope scope) {
    const bool is_operated = scope == ApiScope::observe || scope == ApiScope::read || scope == ApiScope::publish;
    return bit(scope) | bit(ApiScope::admin) | (is_operated ? bit(ApiScope::operate) : 0u);
  }

  unsigned bits_ = 0;
};

}  // namespace dialogue::api
