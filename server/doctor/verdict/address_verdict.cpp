// The address: name, certificate, health, HTTP version. See verdicts.hpp.
#include "server/doctor/verdict/verdicts.hpp"

#include "server/doctor/wire/http_status.hpp"

namespace dialogue::doctor {
namespace {

constexpr std::int64_t kDaysMin = 14;
constexpr unsigned kHttp10 = 10;

std::string words_of(const Answer& answer) {
  return answer.status == 0 ? answer.fault : "status " + std::to_string(answer.status);
}

Finding tls_finding(const AddressResult& result) {
  const std::string days = std::to_string(result.days_left) + " days";
  Finding finding{.check = "certificate", .found = result.tls + "; the certificate is valid for " + days, .figures = {}};
  if (result.days_left >= 0) finding.figures.emplace_back("daysLeft", static_cast<std::uint64_t>(result.days_left));
  if (!result.is_checked) {
    finding.verdict = Verdict::warning;
    finding.found += ", and was not verified (--insecure): a browser may reject it";
  } else if (result.days_left < kDaysMin) {
    finding.verdict = Verdict::warning;
    finding.fixes = {Fix::certificate};
  }
  return finding;
}

Fix fix_of(const std::string& fault) {
  const auto names = [&](const char* text) { return fault.find(text) != std::string::npos; };
  if (names("certificate")) return Fix::certificate;
  return names("refused") || names("timed out") ? Fix::reach_server : Fix::address;
}

/// The server takes a header that it does not expect for a request without a line; one that waits for a header closes, of which
/// a proxy makes 502.
void add_proxy_header(std::vector<Fix>& fixes, const Answer& health) {
  const bool is_unexpected = health.status == status::kBadRequest && !health.detail.empty();
  const bool is_missing = health.status == 0 || health.status == status::kBadGateway;
  if (is_unexpected)
    fixes = {Fix::proxy_header};
  else if (is_missing)
    fixes.push_back(Fix::proxy_header);
}

}  // namespace

std::vector<Finding> judge_address(const AddressResult& result) {
  Finding finding{.check = "address", .figures = {{"connectMs", result.connect_ms}}};
  if (!result.fault.empty()) {
    finding.verdict = Verdict::fault;
    finding.found = result.fault;
    finding.fixes = {fix_of(result.fault)};
    return {finding};
  }
  finding.found = result.peer + " accepts a connection in " + time_text(result.connect_ms);
  if (!result.is_dialogue) {
    std::string what = finding.found + ", but it is not Dialogue: GET /health gives";
    finding = judge_status(std::move(finding), std::move(what), result.health);
    add_proxy_header(finding.fixes, result.health);
  } else if (result.health.status != status::kOk) {
    finding.verdict = Verdict::warning;
    finding.found += "; it is Dialogue, but GET /health gives " + words_of(result.health);
    finding.fixes = {Fix::forward};
  } else if (result.ready.status != status::kOk) {
    finding.verdict = result.ready.status >= status::kFirstServerError ? Verdict::fault : Verdict::warning;
    finding.found += "; /health succeeds, but GET /ready gives " + words_of(result.ready) +
                     (result.ready.detail.empty() ? "" : ": " + result.ready.detail);
  } else {
    finding.found += "; /health and /ready succeed";
  }
  std::vector<Finding> findings{finding};
  if (!result.tls.empty()) findings.push_back(tls_finding(result));
  return findings;
}

Finding judge_http(const AddressResult& result) {
  Finding finding{.check = "HTTP version", .figures = {{"version", result.http_version}}};
  finding.found = result.http_version == kHttp10 ? "HTTP/1.0" : "HTTP/1.1";
  if (result.keeps_alive)
    finding.found += ", connections are kept alive";
  else
    finding.found += ", one connection for each request: slower, but everything works";
  return finding;
}

}  // namespace dialogue::doctor
