// The browser client that was built into this program, served at /_dialogue/client.js, and the files that it loads from there
// when it needs them.
#pragma once
#include <string_view>

namespace dialogue {

/// The module's text; empty when the program was built before the client was (docs/guides/server.md says how to build both).
[[nodiscard]] std::string_view client_script();
[[nodiscard]] std::string_view client_validator_script();
[[nodiscard]] std::string_view client_history_script();
[[nodiscard]] std::string_view client_outbox_script();
[[nodiscard]] std::string_view client_fallback_script();
[[nodiscard]] std::string_view client_renewal_script();
[[nodiscard]] std::string_view client_extra_script();
[[nodiscard]] std::string_view client_servers_script();
[[nodiscard]] std::string_view client_calls_script();
[[nodiscard]] std::string_view client_debug_script();
[[nodiscard]] std::string_view client_bytes_script();
[[nodiscard]] std::string_view client_push_script();
[[nodiscard]] std::string_view client_presence_script();
[[nodiscard]] std::string_view client_recorder_script();
[[nodiscard]] std::string_view client_traces_script();
[[nodiscard]] std::string_view client_devtools_script();

/// The same, compressed by brotli and by gzip when the client was built.
[[nodiscard]] std::string_view client_script_br();
[[nodiscard]] std::string_view client_script_gz();
[[nodiscard]] std::string_view client_validator_script_br();
[[nodiscard]] std::string_view client_validator_script_gz();
[[nodiscard]] std::string_view client_history_script_br();
[[nodiscard]] std::string_view client_history_script_gz();
[[nodiscard]] std::string_view client_outbox_script_br();
[[nodiscard]] std::string_view client_outbox_script_gz();
[[nodiscard]] std::string_view client_fallback_script_br();
[[nodiscard]] std::string_view client_fallback_script_gz();
[[nodiscard]] std::string_view client_renewal_script_br();
[[nodiscard]] std::string_view client_renewal_script_gz();
[[nodiscard]] std::string_view client_extra_script_br();
[[nodiscard]] std::string_view client_extra_script_gz();
[[nodiscard]] std::string_view client_calls_script_br();
[[nodiscard]] std::string_view client_calls_script_gz();
[[nodiscard]] std::string_view client_servers_script_br();
[[nodiscard]] std::string_view client_servers_script_gz();
[[nodiscard]] std::string_view client_debug_script_br();
[[nodiscard]] std::string_view client_debug_script_gz();
[[nodiscard]] std::string_view client_bytes_script_br();
[[nodiscard]] std::string_view client_bytes_script_gz();
[[nodiscard]] std::string_view client_push_script_br();
[[nodiscard]] std::string_view client_push_script_gz();
[[nodiscard]] std::string_view client_presence_script_br();
[[nodiscard]] std::string_view client_presence_script_gz();
[[nodiscard]] std::string_view client_recorder_script_br();
[[nodiscard]] std::string_view client_recorder_script_gz();
[[nodiscard]] std::string_view client_traces_script_br();
[[nodiscard]] std::string_view client_traces_script_gz();
[[nodiscard]] std::string_view client_devtools_script_br();
[[nodiscard]] std::string_view client_devtools_script_gz();

/// The dashboard: what is served at /_dialogue/, and what that page loads from there.
[[nodiscard]] std::string_view dashboard_html();
[[nodiscard]] std::string_view dashboard_html_br();
[[nodiscard]] std::string_view dashboard_html_gz();
[[nodiscard]] std::string_view dashboard_js();
[[nodiscard]] std::string_view dashboard_js_br();
[[nodiscard]] std::string_view dashboard_js_gz();
[[nodiscard]] std::string_view dashboard_css();
[[nodiscard]] std::string_view dashboard_css_br();
[[nodiscard]] std::string_view dashboard_css_gz();

}  // namespace dialogue
