// See setting_checks.hpp.
#include "server/embed/settings/setting_checks.hpp"

#include <algorithm>

#include "server/auth/token_authority.hpp"
#include "server/core/util/plain_text.hpp"
#include "server/embed/listen_address.hpp"
#include "server/http/request/cookies.hpp"
#include "server/http/request/origin.hpp"
#include "server/http_client/http_url.hpp"
#include "server/net/address_range.hpp"
#include "server/net/unix_socket_file.hpp"
#include "server/proxy/proxy_target.hpp"
#include "server/push/web/endpoint.hpp"
#include "server/push/web/vapid.hpp"
#include "server/trace/context/sampler.hpp"
#include "server/trace/otlp/otlp_exporter.hpp"
#include "server/webhooks/webhook_settings.hpp"
#include "shared/base/shown_url.hpp"

namespace dialogue {
namespace {

using Checked = std::optional<SettingError>;

/// Quotes a value that should be a URL and may lack its scheme.
std::string quoted_url(const std::string& text) {
  if (text.find("://") != std::string::npos) return quoted(text);
  const std::string shown = text.substr(0, text.find('?'));
  return quoted(shown.find('@') == std::string::npos ? shown : "***" + shown.substr(shown.rfind('@')));
}

Checked check_url(const std::string& text, const char* example) {
  if (http_client::parse_http_url(text)) return {};
  return SettingError{quoted_url(text) + " is not an http or https URL", std::string("Write, for example, ") + example};
}

Checked check_toggle(const std::string& text) {
  for (const char* each : {"true", "1", "on", "false", "0", "off"})
    if (text == each) return {};
  return SettingError{"\"" + text + "\" is neither on nor off", "Write true or false."};
}

Checked check_number(const std::string& text, const Accepts& range) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc{} && end == text.data() + text.size() && number >= range.min && number <= range.max) return {};
  return SettingError{
      quoted(text) + " is not a whole number from " + std::to_string(range.min) + " to " + std::to_string(range.max),
      "Write digits only."};
}

}  // namespace

Checked fault_of_value(SettingKind kind, const Accepts& accepts, const std::string& text) {
  if (kind == SettingKind::toggle) return check_toggle(text);
  if (kind == SettingKind::number) return check_number(text, accepts);
  return accepts.check == nullptr ? std::nullopt : accepts.check(text);
}

std::string member_name(std::string_view setting_name, std::string_view member) {
  std::string name(member.empty() ? setting_name : member);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string quoted(const std::string& text) { return "\"" + shown_url(text) + "\""; }

Checked check_listen(const std::string& text) {
  if (parse_listen_address(text)) return {};
  return SettingError{quoted(text) + " is not HOST:PORT", "Write, for example, 127.0.0.1:8080, 0.0.0.0:8080 or [::1]:8080."};
}

Checked check_admin_listen(const std::string& text) {
  if (!text.starts_with(net::kUnixScheme)) {
    if (parse_listen_address(text)) return {};
    return SettingError{quoted(text) + " is neither HOST:PORT nor unix:PATH", "Write, for example, 127.0.0.1:9464."};
  }
  const std::size_t bytes = text.size() - net::kUnixScheme.size();
  if (bytes > 0 && bytes <= net::kUnixPathBytesMax) return {};
  return SettingError{quoted(text) + " has no path of 1 to " + std::to_string(net::kUnixPathBytesMax) + " bytes",
                      "Write, for example, unix:/run/dialogue/admin.sock."};
}

Checked check_origin(const std::string& text) {
  if (http::is_origin(text)) return {};
  return SettingError{quoted(text) + " is not an origin",
                      "Write scheme, host and port only, as in https://example.com, or * for any."};
}

Checked check_range(const std::string& text) {
  if (net::AddressRange::parse(text)) return {};
  return SettingError{quoted(text) + " is not an address or a range of addresses",
                      "Write, for example, 10.0.0.7, 10.0.0.0/8 or fd00::/8."};
}

Checked check_proxy(const std::string& text) {
  const auto parsed = proxy::parse_proxy(text);
  if (!std::holds_alternative<std::string>(parsed)) return {};
  return SettingError{std::get<std::string>(parsed), "Write, for example, /app=http://127.0.0.1:3000."};
}

Checked check_cookie_name(const std::string& text) {
  if (http::is_token(text)) return {};
  return SettingError{quoted(text) + " is not the name of a cookie", "Write, for example, __Host-session."};
}

Checked check_policy(const std::string& text) {
  const auto is_plain = [](char c) { return c >= ' ' && c < '\x7f'; };
  if (std::all_of(text.begin(), text.end(), is_plain)) return {};
  return SettingError{quoted(text) + " is not a policy", "Write it on one line of ASCII, or none."};
}

Checked check_jwks(const std::string& text) {
  return check_url(auth::jwks_source(text).url, "https://id.example.com/jwks.json, or ISSUER=URL.");
}

Checked check_realm(const std::string& text) {
  const auth::Realm realm = auth::realm_of(text);
  const bool has_form = !realm.issuer.empty() && !realm.prefix.empty() && realm.prefix.size() <= auth::kRealmPrefixBytesMax;
  if (has_form && core::is_plain_text(realm.prefix)) return {};
  return SettingError{quoted(text) + " is not an issuer and a prefix of 1 to 32 bytes",
                      "Write, for example, https://id.partner.example=partner:, with a character at its end that separates."};
}

Checked check_otlp_endpoint(const std::string& text) {
  if (trace::traces_url(text)) return {};
  return SettingError{quoted_url(text) + " is not an http or https URL without a query",
                      "Write, for example, http://127.0.0.1:4318."};
}

Checked check_ratio(const std::string& text) {
  if (trace::parse_ratio(text)) return {};
  return SettingError{quoted(text) + " is not a number from 0 to 1", "Write, for example, 0.05, for one trace of twenty."};
}

Checked check_hooks_url(const std::string& text) { return check_url(text, "https://app.example.com/hooks."); }

Checked check_hook_verb(const std::string& text) {
  if (webhooks::hook_verb_of(text)) return {};
  return SettingError{"\"" + text + "\" is not a hook",
                      "Write some of connect, join, publish, call, leave and disconnect, separated by commas."};
}

Checked check_hook_failure(const std::string& text) {
  if (text == "open" || text == "closed") return {};
  return SettingError{"\"" + text + "\" is neither open nor closed",
                      "Write open (allow unanswered requests) or closed (deny them with a retryable error)."};
}

Checked check_push_subject(const std::string& text) {
  auto fault = push::fault_of_subject(text);
  if (!fault) return {};
  return SettingError{quoted(text) + " cannot be the contact: " + fault->problem, std::move(fault->advice)};
}

Checked check_push_host(const std::string& text) {
  const std::string fault = push::fault_of_push_host(text);
  if (fault.empty()) return {};
  return SettingError{quoted_url(text) + ": " + fault,
                      "Write, for example, push.example.com, *.example.com or http://127.0.0.1:9000."};
}

}  // namespace dialogue
