// See report.hpp.
#include "server/doctor/verdict/report.hpp"

#include <algorithm>
#include <string_view>

#include "shared/json/json_text.hpp"

namespace dialogue::doctor {
namespace {

constexpr std::size_t kVerdictChars = 9, kCheckChars = 20;

std::string padded(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    lines.emplace_back(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(lines.back().size() + 1, text.size()));
  }
  return lines;
}

void append_directives(std::string& text, std::string_view proxy, std::string_view directives) {
  for (const std::string& line : lines_of(directives)) {
    text += padded("", kVerdictChars) + "  " + padded(proxy, 10) + line + "\n";
    proxy = "";
  }
}

std::string json_of(const Finding& finding) {
  JsonText figures;
  for (const auto& [name, value] : finding.figures) figures.number(name, value);
  const auto lines = [](std::string_view text) { return json_array(lines_of(text), json_string); };
  const auto directives = [&](Fix fix) {
    const Directives& found = directives_of(fix);
    return JsonText().text("aim", found.aim).raw("nginx", lines(found.nginx)).raw("haproxy", lines(found.haproxy)).take();
  };
  return JsonText()
      .text("check", finding.check)
      .text("verdict", name_of(finding.verdict))
      .text("found", finding.found)
      .raw("figures", figures.take())
      .raw("advice", json_array(finding.fixes, directives))
      .take();
}

}  // namespace

std::string report_text(std::span<const Finding> findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += padded(name_of(finding.verdict), kVerdictChars) + padded(finding.check, kCheckChars) + finding.found + "\n";
    for (const Fix fix : finding.fixes) {
      const Directives& directives = directives_of(fix);
      text += padded("", kVerdictChars) + "> " + std::string(directives.aim) + "\n";
      append_directives(text, "nginx:", directives.nginx);
      append_directives(text, "HAProxy:", directives.haproxy);
    }
  }
  return text;
}

std::string report_json(const std::string& url, std::span<const Finding> findings) {
  return JsonText()
      .text("url", url)
      .number("faults", count_of(findings, Verdict::fault))
      .number("warnings", count_of(findings, Verdict::warning))
      .raw("findings", json_array(findings, json_of))
      .take();
}

std::size_t count_of(std::span<const Finding> findings, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [&](const Finding& each) { return each.verdict == verdict; }));
}

}  // namespace dialogue::doctor
