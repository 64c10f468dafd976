// The audit of a running server: a thread that appends queued records in one transaction, signs checkpoints and deletes expired
// records. Any thread may call. write() is for operations that must not happen unrecorded. note() is for operations that
// proceed in any case: lost records are counted and reported by the next record that can be written (action "gap").
//
//   AuditLog log({"audit.db", "audit.db-key"});  // throws AuditError
//   log.write(entry, [](std::uint64_t seq) { if (seq == 0) refuse(); else go_on(); });
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "server/audit/audit_file.hpp"
#include "server/metrics/shared_cells.hpp"
#include "server/store/work_queue.hpp"

namespace dialogue::audit {

/// That wait for the writer: above it note() loses records, so that places are left for write().
inline constexpr std::size_t kNotesMax = 2048;
/// Batches of receipts that wait for the writer: above it they are lost, and counted with the notes.
inline constexpr std::size_t kReceiptBatchesMax = 512;

struct AuditSettings {
  std::string path, key_path;
  std::uint64_t keep_ms = 0;  ///< older records are removed; 0: none
  std::function<void(const std::string&)> warn = {};
  std::shared_ptr<metrics::SharedCells> metrics = nullptr;
};

class AuditLog final : public core::ReceiptSink {
 public:
  explicit AuditLog(AuditSettings settings);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  ~AuditLog() override;

  /// `done` gets the record's sequence once it is on the disk, 0 where it could not be written; on the writer's thread, or at
  /// once where too much waits.
  void write(AuditEntry entry, std::function<void(std::uint64_t seq)> done);
  void note(AuditEntry entry, metrics::AuditKind kind);
  /// Adds to the number of missing records, which the next record reports (`gap`).
  void lose(std::uint64_t count);
  /// Reads a page and passes it to `done`; with an error text if the file cannot be read.
  void query(AuditQuery query, std::function<void(std::vector<AuditRecord>, std::string fault)> done);
  [[nodiscard]] bool has_room() const override { return receipt_batches_ < kReceiptBatchesMax / 2; }
  void keep(std::vector<core::Receipt> receipts) override;
  void receipts(ReceiptQuery query, std::function<void(std::vector<ReceiptRange>, std::string fault)> done);
  /// Looks whether the audit's file is in its place, and, after a write failed, whether it can be written again. Now and then.
  void probe();
  /// Whether the audit had ever had a record when it was opened.
  [[nodiscard]] bool has_begun() const { return has_begun_; }
  /// Has the writer's thread do something with the file, and waits for it. False: it could not, or `use` threw.
  [[nodiscard]] bool use_file(const std::function<void(AuditFile&)>& use);
  [[nodiscard]] const std::string& path() const { return settings_.path; }

 private:
  struct Write {
    AuditEntry entry;
    metrics::AuditKind kind = metrics::AuditKind::administration;
    std::function<void(std::uint64_t)> done{};  ///< empty: a note
  };
  using Call = std::function<void()>;
  using Task = std::variant<Write, Call>;

  void work(std::vector<Task> tasks);
  void append(std::vector<Write>& writes);
  [[nodiscard]] bool idle();
  /// Calls `done` with what `read` finds in the file, on the writer's thread.
  template <typename Found, typename Read>
  void read(const Read& read, std::function<void(Found, std::string)> done);
  void failed(const std::string& fault);
  void succeeded();
  void count(metrics::AuditKind kind);

  const AuditSettings settings_;
  AuditFile file_;
  const bool has_begun_;
  std::atomic<std::uint64_t> lost_{0};           ///< and not said yet
  std::atomic<std::size_t> notes_{0};            ///< that wait
  std::atomic<std::size_t> receipt_batches_{0};  ///< the same
  bool is_failing_ = false;                      ///< and that was said
  std::uint64_t cut_ms_ = 0;                     ///< when it was last cut
  store::WorkQueue<Task> queue_;
};

}  // namespace dialogue::audit
