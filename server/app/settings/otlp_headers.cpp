// A field's value is never part of a message.
#include "server/app/settings/secrets.hpp"

#include <dialogue/setup_error.hpp>
#include <optional>
#include <string_view>

#include "server/embed/text_file.hpp"
#include "shared/base/percent.hpp"

namespace dialogue::app {
namespace {

constexpr std::size_t kHeaderFileBytesMax = 64 * 1024;
constexpr const char* kForm = "Write a line for each, as in Authorization: Bearer KEY, or NAME=VALUE,NAME=VALUE.";

using Headers = std::vector<std::pair<std::string, std::string>>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// NAME=VALUE,NAME=VALUE with values percent-encoded, as OTEL_EXPORTER_OTLP_HEADERS has them.
bool read_list(std::string_view line, Headers& headers) {
  for (bool is_last = false; !is_last;) {
    const std::size_t comma = line.find(','), equals = line.find('=');
    if (equals == std::string_view::npos || equals > comma) return false;
    is_last = comma == std::string_view::npos;
    auto value = percent_decoded(trimmed(line.substr(equals + 1, is_last ? comma : comma - equals - 1)));
    if (!value) return false;
    headers.emplace_back(trimmed(line.substr(0, equals)), std::move(*value));
    if (!is_last) line.remove_prefix(comma + 1);
  }
  return true;
}

/// "Name: value" lines; empty ones and those that begin with # say nothing.
std::optional<Headers> read_headers(std::string_view text) {
  Headers headers;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t mark = line.find_first_of(":=");
    if (mark == std::string_view::npos) return std::nullopt;
    if (line[mark] == ':')
      headers.emplace_back(trimmed(line.substr(0, mark)), trimmed(line.substr(mark + 1)));
    else if (!read_list(line, headers))
      return std::nullopt;
  }
  return headers;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> otlp_headers_of(const Settings& settings, const Environment& environment) {
  const std::string &file = settings.program.otlp_headers_file, &variable = settings.program.otlp_headers_env;
  if (file.empty() && variable.empty()) return {};
  if (!file.empty() && !variable.empty())
    throw SetupError("--otlp-headers-env", "--otlp-headers-file is set as well", "Keep one of them.");
  const std::string where = file.empty() ? "--otlp-headers-env " + variable : file;
  if (settings.config.otlp_endpoint.empty())
    throw SetupError(where, "no receiver is set for them", "Name it by --otlp-endpoint.");
  std::string text = file.empty()
                         ? environment(variable).value_or(std::string())
                         : read_regular_file(file, kHeaderFileBytesMax, "name an environment variable by --otlp-headers-env");
  auto headers = read_headers(text);
  if (!headers) throw SetupError(where, "one of its lines is not a header field", kForm);
  if (headers->empty()) throw SetupError(where, "it contains no header fields", kForm);
  return std::move(*headers);
}

}  // namespace dialogue::app
