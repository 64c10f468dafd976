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

Finding tls_finding(const AddressTrial& trial) {
  const std::string days = std::to_string(trial.days_left) + " days";
  Finding finding{.check = "certificate", .found = trial.tls + "; the certificate is valid for " + days, .figures = {}};
  if (trial.days_left >= 0) finding.figures.emplace_back("daysLeft", static_cast<std::uint64_t>(trial.days_left));
  if (!trial.is_checked) {
    finding.verdict = Verdict::warning;
    finding.found += ", and was not verified (--insecure): a browser may reject it";
  } else if (trial.days_left < kDaysMin) {
    finding.verdict = Verdict::warning;
    finding.remedies = {Remedy::certificate};
  }
  return finding;
}

Remedy remedy_of(const std::string& fault) {
  const auto names = [&](const char* text) { return fault.find(text) != std::string::npos; };
  if (names("certificate")) return Remedy::certificate;
  return names("refused") || names("timed out") ? Remedy::reach_server : Remedy::address;
}

/// The server takes a header that it does not expect for a request without a line; one that waits for a header closes, of which
/// a proxy makes 502.
void add_proxy_header(std::vector<Remedy>& remedies, const Answer& health) {
  const bool is_unexpected = health.status == status::kBadRequest && !health.detail.empty();
  const bool is_missing = health.status == 0 || health.status == status::kBadGateway;
  if (is_unexpected)
    remedies = {Remedy::proxy_header};
  else if (is_missing)
    remedies.push_back(Remedy::proxy_header);
}

}  // namespace

std::vector<Finding> judge_address(const AddressTrial& trial) {
  Finding finding{.check = "address", .figures = {{"connectMs", trial.connect_ms}}};
  if (!trial.fault.empty()) {
    finding.verdict = Verdict::fault;
    finding.found = trial.fault;
    finding.remedies = {remedy_of(trial.fault)};
    return {finding};
  }
  finding.found = trial.peer + " accepts a connection in " + time_text(trial.connect_ms);
  if (!trial.is_dialogue) {
    std::string what = finding.found + ", but it is not Dialogue: GET /health gives";
    finding = judge_status(std::move(finding), std::move(what), trial.health);
    add_proxy_header(finding.remedies, trial.health);
  } else if (trial.health.status != status::kOk) {
    finding.verdict = Verdict::warning;
    finding.found += "; it is Dialogue, but GET /health gives " + words_of(trial.health);
    finding.remedies = {Remedy::forward};
  } else if (trial.ready.status != status::kOk) {
    finding.verdict = trial.ready.status >= status::kFirstServerError ? Verdict::fault : Verdict::warning;
    finding.found += "; /health succeeds, but GET /ready gives " + words_of(trial.ready) +
                     (trial.ready.detail.empty() ? "" : ": " + trial.ready.detail);
  } else {
    finding.found += "; /health and /ready succeed";
  }
  std::vector<Finding> findings{finding};
  if (!trial.tls.empty()) findings.push_back(tls_finding(trial));
  return findings;
}

Finding judge_http(const AddressTrial& trial) {
  Finding finding{.check = "HTTP version", .figures = {{"version", trial.http_version}}};
  finding.found = trial.http_version == kHttp10 ? "HTTP/1.0" : "HTTP/1.1";
  if (trial.keeps_alive)
    finding.found += ", connections are kept alive";
  else
    finding.found += ", one connection for each request: slower, but everything works";
  return finding;
}

}  // namespace dialogue::doctor
