// See audit_log.hpp.
#include "server/audit/audit_log.hpp"

#include <chrono>
#include <future>
#include <utility>

namespace dialogue::audit {
namespace {

constexpr std::uint64_t kCutPauseMs = 3'600'000;

std::uint64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

AuditLog::AuditLog(AuditSettings settings)
    : settings_(std::move(settings)),
      file_(settings_.path, settings_.key_path),
      has_begun_(file_.head().seq > 0),
      queue_([this](std::vector<Task> tasks) { work(std::move(tasks)); }, [this] { return idle(); }) {}

AuditLog::~AuditLog() {
  queue_.stop();
  work({});  // a gap that no record follows
  try {
    file_.check_place();
    static_cast<void>(file_.sign_when_due(unix_ms(), true));
  } catch (const std::exception& fault) { failed(fault.what()); }
}

void AuditLog::write(AuditEntry entry, std::function<void(std::uint64_t)> done) {
  const auto refuse = done;
  if (!queue_.push(Write{std::move(entry), metrics::AuditKind::administration, std::move(done)})) refuse(0);
}

void AuditLog::note(AuditEntry entry, metrics::AuditKind kind) {
  if (notes_.fetch_add(1) >= kNotesMax || !queue_.push(Write{std::move(entry), kind, {}})) {
    --notes_;
    lose(1);
  }
}

void AuditLog::lose(std::uint64_t count) {
  lost_ += count;
  if (settings_.metrics) settings_.metrics->count(metrics::Metric::audit_records_lost_total, std::size_t{0}, count);
}

void AuditLog::count(metrics::AuditKind kind) {
  if (settings_.metrics) settings_.metrics->count(metrics::Metric::audit_records_total, kind);
}

void AuditLog::failed(const std::string& fault) {
  if (settings_.metrics) settings_.metrics->set(metrics::Metric::audit_failing, 0, 1);
  if (!std::exchange(is_failing_, true) && settings_.warn)
    settings_.warn("the audit cannot be written: administrative requests are rejected until it can be written again. " + fault);
}

void AuditLog::succeeded() {
  if (std::exchange(is_failing_, false) && settings_.metrics) settings_.metrics->set(metrics::Metric::audit_failing, 0, 0);
}

void AuditLog::work(std::vector<Task> tasks) {
  std::vector<Write> writes;
  for (Task& task : tasks) {
    if (auto* each = std::get_if<Write>(&task)) {
      writes.push_back(std::move(*each));
      continue;
    }
    append(writes);
    std::get<Call>(task)();
  }
  append(writes);
}

void AuditLog::append(std::vector<Write>& writes) {
  if (writes.empty() && lost_ == 0) return;
  std::vector<AuditEntry> entries;
  const std::uint64_t lost = lost_.exchange(0);
  if (lost > 0) entries.push_back(AuditEntry{"gap"}.add("records", std::to_string(lost)));
  for (Write& each : writes) entries.push_back(std::move(each.entry));
  std::uint64_t seq = 0, notes = 0;
  for (const Write& each : writes) notes += each.done ? 0 : 1;
  try {
    const std::uint64_t now_ms = unix_ms();
    seq = file_.append(entries, now_ms) + (lost > 0 ? 1 : 0);
    succeeded();
    static_cast<void>(file_.sign_when_due(now_ms));
  } catch (const std::exception& fault) { failed(fault.what()); }
  notes_ -= notes;
  if (seq == 0) {
    lost_ += lost;
    lose(notes);
  } else if (lost > 0) {
    count(metrics::AuditKind::gap);
  }
  for (Write& each : writes) {
    if (seq > 0) count(each.kind);
    if (each.done) each.done(seq);
    if (seq > 0) ++seq;
  }
  writes.clear();
}

bool AuditLog::idle() {
  const std::uint64_t now_ms = unix_ms();
  work({});  // a gap that no record follows
  try {
    static_cast<void>(file_.sign_when_due(now_ms));
    if (settings_.keep_ms == 0 || settings_.keep_ms > now_ms || now_ms < cut_ms_ + kCutPauseMs) return false;
    if (file_.cut(now_ms - settings_.keep_ms, now_ms)) return true;
    cut_ms_ = now_ms;
  } catch (const std::exception& fault) { failed(fault.what()); }
  return false;
}

template <typename Found, typename Read>
void AuditLog::read(const Read& read, std::function<void(Found, std::string)> done) {
  const auto call = [read, done] {
    Found found;
    std::string fault;
    try {
      found = read();
    } catch (const std::exception& error) { fault = error.what(); }
    done(std::move(found), std::move(fault));
  };
  if (!queue_.push(Call(call))) done({}, "too many pending requests");
}

void AuditLog::query(AuditQuery query, std::function<void(std::vector<AuditRecord>, std::string)> done) {
  const auto find = [this, query = std::move(query)] {
    file_.check_place();
    return file_.query(query);
  };
  read<std::vector<AuditRecord>>(find, std::move(done));
}

void AuditLog::receipts(ReceiptQuery query, std::function<void(std::vector<ReceiptRange>, std::string)> done) {
  const auto find = [this, query = std::move(query)] {
    file_.check_place();
    return file_.receipts(query);
  };
  read<std::vector<ReceiptRange>>(find, std::move(done));
}

void AuditLog::keep(std::vector<core::Receipt> receipts) {
  const std::size_t count = receipts.size();
  const auto call = [this, receipts = std::move(receipts)] {
    --receipt_batches_;
    try {
      file_.add_receipts(receipts);
    } catch (const std::exception& fault) {
      failed(fault.what());
      lose(receipts.size());
    }
  };
  if (receipt_batches_.fetch_add(1) < kReceiptBatchesMax && queue_.push(Call(call))) return;
  --receipt_batches_;
  lose(count);
}

void AuditLog::probe() {
  const auto call = [this] {
    try {
      file_.check_place();
      if (is_failing_) file_.probe();
      succeeded();
    } catch (const std::exception& fault) { failed(fault.what()); }
  };
  static_cast<void>(queue_.push(Call(call)));  // where too much waits, what waits finds out
}

bool AuditLog::use_file(const std::function<void(AuditFile&)>& use) {
  auto promise = std::make_shared<std::promise<bool>>();
  std::future<bool> answer = promise->get_future();
  const auto call = [this, promise, &use] {
    try {
      use(file_);
      promise->set_value(true);
    } catch (const std::exception& fault) {
      failed(fault.what());
      promise->set_value(false);
    }
  };
  return queue_.push(Call(call)) && answer.get();
}

}  // namespace dialogue::audit
