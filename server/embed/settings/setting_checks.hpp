// What the texts of settings must be, beyond their kind. Used by the rows; pure functions, safe from any thread.
#pragma once
#include <optional>
#include <string>

#include "server/embed/settings/setting.hpp"

namespace dialogue {

/// The text in quotes, as logs and answers may show it: a URL without its secrets.
[[nodiscard]] std::string quoted(const std::string& text);

[[nodiscard]] std::optional<SettingError> check_listen(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_admin_listen(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_origin(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_cookie_name(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_range(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_proxy(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_policy(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_jwks(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_realm(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_otlp_endpoint(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_ratio(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_hooks_url(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_hook_verb(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_hook_failure(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_push_subject(const std::string& text);
[[nodiscard]] std::optional<SettingError> check_push_host(const std::string& text);

}  // namespace dialogue
