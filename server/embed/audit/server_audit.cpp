// See server_audit.hpp.
#include "server/embed/audit/server_audit.hpp"

#include <chrono>
#include <dialogue/setup_error.hpp>
#include <filesystem>
#include <future>
#include <system_error>

#include "server/audit/audit_lines.hpp"
#include "server/audit/audit_probe.hpp"
#include "server/core/messages/log_message.hpp"

namespace dialogue {
namespace {

constexpr std::uint64_t kMsPerDay = 24ULL * 60 * 60 * 1000;

audit::AuditEntry entry_of(std::string action, api::AuditItems&& items) {
  audit::AuditEntry entry{std::move(action)};
  for (auto& [name, value] : items) {
    const bool is_personal = audit::is_personal(name, value);
    entry.add(std::move(name), std::move(value), is_personal);
  }
  return entry;
}

api::AuditTrailPage page_of(std::vector<audit::AuditRecord>&& found, const std::string& fault) {
  api::AuditTrailPage page;
  page.is_readable = fault.empty();
  for (audit::AuditRecord& record : found) {
    api::AuditTrailRecord& each = page.records.emplace_back();
    each.seq = record.seq;
    each.text = std::move(record.text);
    each.hash = audit::hex_of(record.hash);
    for (audit::PersonalValue& value : record.personal) each.personal.emplace_back(std::move(value.name), std::move(value.value));
  }
  return page;
}

ServerAudit::Settings with_key_path(ServerAudit::Settings settings) {
  if (settings.key_path.empty()) settings.key_path = settings.path + "-key";
  return settings;
}

}  // namespace

void AuditSlot::note(const core::LogLine& line) const {
  const auto log = get();
  if (!log) return;
  auto found = audit::audit_entry_of(line);
  if (!found) return;
  // Refusals cost a client nothing, unlike signing in: those beyond the log's rate are only counted.
  if (line.is_swallowed && found->second == metrics::AuditKind::refusal) return log->lose(1);
  log->note(std::move(found->first), found->second);
}

ServerAudit::ServerAudit(Settings settings, std::shared_ptr<AuditSlot> slot)
    : settings_(with_key_path(std::move(settings))), slot_(std::move(slot)) {}

void ServerAudit::check() const {
  if (settings_.path.empty()) {
    if (settings_.receipts_s == 0) return;
    throw SetupError("receipts", "receipts require an audit", "Name its file with `audit`.");
  }
  try {
    audit::check_path(settings_.path);
  } catch (const std::exception& fault) { throw SetupError("audit", fault.what(), ""); }
  try {
    audit::check_key_place(settings_.key_path);
  } catch (const std::exception& fault) { throw SetupError("audit_key", fault.what(), ""); }
  try {
    audit::check_audit_place(settings_.path, settings_.key_path);
  } catch (const std::exception& fault) { throw SetupError("audit", fault.what(), ""); }
}

// A user who can remove the audit could hide its records. The key remains, and does not exist before a first start.
std::shared_ptr<audit::AuditLog> ServerAudit::open() const {
  audit::AuditSettings settings;
  settings.path = settings_.path;
  settings.key_path = settings_.key_path;
  settings.keep_ms = settings_.keep_days * kMsPerDay;
  settings.warn = [log = settings_.log](const std::string& text) {
    log(core::log_message(core::LogLevel::error, "audit_failed", text));
  };
  settings.metrics = settings_.metrics;
  std::error_code unknown;
  const bool has_key = std::filesystem::exists(settings.key_path, unknown);
  std::shared_ptr<audit::AuditLog> log;
  try {
    log = std::make_shared<audit::AuditLog>(std::move(settings));
  } catch (const std::exception& fault) { throw SetupError("audit", fault.what(), ""); }
  if (has_key && !log->has_begun())
    settings_.log(
        core::log_message(core::LogLevel::warn, "audit_begun_anew",
                          settings_.path + ": the audit has no records, though its key " + settings_.key_path +
                              " is not new. If this key has signed records before, the audit was removed: search for it, "
                              "and check who may write there."));
  return log;
}

void ServerAudit::configure(host::ServerConfig& server_config) {
  if (settings_.path.empty()) return;
  slot_->set(nullptr);  // the audit of a start that failed later has the file locked
  const std::shared_ptr<audit::AuditLog> log = open();
  slot_->set(log);
  server_config.shard.wants_line = audit::is_audited;
  api::AuditTrail& trail = server_config.api.trail;
  trail.begin = [log](std::string action, api::AuditItems items, auto done) {
    log->write(entry_of(std::move(action), std::move(items)), std::move(done));
  };
  trail.end = [log](std::string action, api::AuditItems items) {
    log->note(entry_of(action + ".done", std::move(items)), metrics::AuditKind::administration);
  };
  trail.note = [log](std::string action, api::AuditItems items) {
    log->note(entry_of(std::move(action), std::move(items)), metrics::AuditKind::publication);
  };
  trail.query = [log](api::AuditTrailQuery query, auto done) {
    log->query(
        {query.after, query.limit, std::move(query.actor), std::move(query.action), 0, query.before},
        [done](std::vector<audit::AuditRecord> found, const std::string& fault) { done(page_of(std::move(found), fault)); });
  };
  if (settings_.receipts_s == 0) return;
  server_config.shard.receipts = log;
  trail.receipts = [log](api::ReceiptRowsQuery query, auto done) {
    audit::ReceiptQuery asked{std::move(query.room), std::move(query.user_id), query.limit};
    asked.after.room = std::move(query.after.room);
    asked.after.user_id = std::move(query.after.user_id);
    asked.after.epoch = query.after.epoch;
    asked.after.first = query.after.first;
    asked.covers = query.covers;
    log->receipts(std::move(asked), [done](std::vector<audit::ReceiptRange> found, const std::string& fault) {
      api::ReceiptRows page{{}, fault.empty()};
      for (audit::ReceiptRange& each : found)
        page.rows.push_back(
            {std::move(each.room), std::move(each.user_id), each.epoch, each.first, each.last, each.since_ms, each.until_ms});
      done(std::move(page));
    });
  };
}

void ServerAudit::start_receipts(host::Server& server) {
  if (settings_.receipts_s == 0) return;
  receipts_ = std::make_unique<Ticker>(std::chrono::seconds(settings_.receipts_s), [&server] {
    core::ObserveQuery query;
    query.what = core::ObserveQuery::What::receipts;
    server.ask(0, std::move(query), [](core::CallResult&&) {});  // a shard that is busy notes them the next time
  });
}

void ServerAudit::record_reload() const {
  const auto log = slot_->get();
  if (!log) return;
  const auto promise = std::make_shared<std::promise<std::uint64_t>>();
  auto written = promise->get_future();
  log->write(audit::AuditEntry{"reload"}, [promise](std::uint64_t seq) { promise->set_value(seq); });
  if (written.get() == 0)
    throw SetupError("reload", "the audit cannot be written", "See audit_failed in the log, and check the space on the disk.");
}

void ServerAudit::note_reload(std::string outcome) const {
  const auto log = slot_->get();
  if (log) log->note(audit::AuditEntry{"reload.done"}.add("outcome", std::move(outcome)), metrics::AuditKind::configuration);
}

std::optional<audit::AuditErasure> ServerAudit::forget_user(const std::string& user_id,
                                                            const std::vector<std::string>& deleted_rooms) const {
  const auto log = slot_->get();
  if (!log) return std::nullopt;
  const auto use_audit = [&log](const auto& use) { return log->use_file(use); };
  return audit::erase_from_audit(log->path(), user_id, use_audit, deleted_rooms);
}

}  // namespace dialogue
