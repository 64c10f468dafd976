// The audit of an instance: what of the log, of the HTTP API and of reloads is recorded. docs/decisions/311-audit.md
#include <chrono>
#include <future>

#include "server/audit/audit_lines.hpp"
#include "server/core/messages/log_message.hpp"
#include "server/embed/instance/instance_state.hpp"

namespace dialogue {
namespace {

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

}  // namespace

void AuditSlot::note(const LogLine& line) const {
  const auto log = get();
  if (!log) return;
  if (auto found = audit::audit_entry_of(line)) log->note(std::move(found->first), found->second);
}

void InstanceState::open_audit(host::ServerConfig& server_config) {
  if (config.audit_file.empty()) {
    if (config.receipts_interval_ms == 0) return;
    throw SetupError("receipts_interval_ms", "there is no audit to keep receipts in.", "Name a file with audit_file, too.");
  }
  audit::AuditSettings settings;
  settings.path = config.audit_file;
  settings.key_path = config.audit_key_file.empty() ? config.audit_file + "-key" : config.audit_key_file;
  settings.keep_ms = config.audit_keep_ms;
  settings.warn = [log = config.logger](const std::string& text) {
    log(core::log_message(LogLevel::error, "audit_failed", text));
  };
  settings.metrics = config.shared_metrics;
  std::shared_ptr<audit::AuditLog> log;
  try {
    log = std::make_shared<audit::AuditLog>(std::move(settings));
  } catch (const std::exception& fault) {
    throw SetupError("audit_file", fault.what(), "Name a file in a directory that this user may write to.");
  }
  audit_slot->set(log);
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
  if (config.receipts_interval_ms == 0) return;
  server_config.shard.receipts = log;
  trail.receipts = [log](api::ReceiptRowsQuery query, auto done) {
    audit::ReceiptQuery asked{std::move(query.room), std::move(query.user_id), query.limit};
    asked.after.room = std::move(query.after.room);
    asked.after.user_id = std::move(query.after.user_id);
    asked.after.epoch = query.after.epoch;
    asked.after.first = query.after.first;
    log->receipts(std::move(asked), [done](std::vector<audit::ReceiptRange> found, const std::string& fault) {
      api::ReceiptRows page{{}, fault.empty()};
      for (audit::ReceiptRange& each : found)
        page.rows.push_back(
            {std::move(each.room), std::move(each.user_id), each.epoch, each.first, each.last, each.since_ms, each.until_ms});
      done(std::move(page));
    });
  };
}

std::unique_ptr<Ticker> InstanceState::begin_receipts(host::Server& from) const {
  if (config.receipts_interval_ms == 0) return nullptr;
  return std::make_unique<Ticker>(std::chrono::milliseconds(config.receipts_interval_ms), [&from] {
    core::ObserveQuery query;
    query.what = core::ObserveQuery::What::receipts;
    from.ask(0, std::move(query), [](core::CallResult&&) {});  // a shard that is busy notes them the next time
  });
}

void InstanceState::record_reload() const {
  const auto log = audit_slot->get();
  if (!log) return;
  const auto promise = std::make_shared<std::promise<std::uint64_t>>();
  auto written = promise->get_future();
  log->write(audit::AuditEntry{"reload"}, [promise](std::uint64_t seq) { promise->set_value(seq); });
  if (written.get() == 0)
    throw SetupError("reload", "the audit cannot be written", "Look for audit_failed in the log, and at the space on the disk.");
}

void InstanceState::note_reload(std::string outcome) const {
  const auto log = audit_slot->get();
  if (log) log->note(audit::AuditEntry{"reload.done"}.add("outcome", std::move(outcome)), metrics::AuditKind::configuration);
}

std::uint64_t InstanceState::forget_in_audit(const std::string& user_id) const {
  const auto log = audit_slot->get();
  if (!log) return 0;
  const auto promise = std::make_shared<std::promise<std::uint64_t>>();
  auto forgotten = promise->get_future();
  log->forget(user_id, [promise](std::optional<std::uint64_t> count) { promise->set_value(count.value_or(0)); });
  return forgotten.get();
}

}  // namespace dialogue
