// The audit as a separate SQLite database: records with their hashes, personal values in a separate table, signed checkpoints,
// and the signed cut up to which records were deleted. Records are durable when append() returns, in the file at the path. If
// that file is missing or was replaced, nothing is written. Faults are thrown as AuditError. One process writes; others may
// read. Used by one thread.
//
//   AuditFile file("audit.db", "audit.db-key");
//   file.append({{"delete_room", {{"room", "chat"}}}}, now_ms);
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "server/audit/audit_record.hpp"
#include "server/audit/receipt_table.hpp"
#include "server/store/file_lock.hpp"
#include "server/store/file_place.hpp"
#include "server/store/sqlite/files/sqlite_file_watch.hpp"
#include "server/store/sqlite/tables/sqlite_database.hpp"

namespace dialogue::audit {

inline constexpr std::size_t kAuditPageMax = 1000;  ///< records that a query returns
inline constexpr std::uint64_t kRecordsPerCheckpoint = 1024;
inline constexpr std::uint64_t kCheckpointAgeMs = 60'000;  ///< a record that comes later is signed soon
inline constexpr std::size_t kCutStepMax = 4096;           ///< records that a step removes
inline constexpr std::uint64_t kForgetStepMax = 4096;      ///< records that a step of forget_names() looks at

class AuditError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct AuditQuery {
  std::uint64_t after = 0;        ///< only records with a greater sequence
  std::size_t limit = 100;        ///< at most kAuditPageMax
  std::string actor{}, action{};  ///< empty: all
  std::uint64_t since_ms = 0;
  std::optional<std::uint64_t> before{};  ///< only records with a smaller sequence, newest first; without it oldest first
};

struct AuditRecord {
  std::uint64_t seq = 0, at_ms = 0;
  std::string action, text;  ///< text: as it is in the chain
  std::string hash;
  std::vector<PersonalValue> personal{};  ///< those that were not erased
};

/// Up to where a chain goes, or where it was cut or signed.
struct ChainPoint {
  std::uint64_t seq = 0, at_ms = 0;
  Digest hash{};
  std::string signature{};  ///< empty: none
};

/// Throws if the file is missing or empty but its write-ahead log exists: creating the file would remove the log.
void check_no_lone_log(const std::string& path);

class AuditFile {
 public:
  enum class Mode : std::uint8_t { write, read, look };  ///< look: to read, and no file is made beside it (SqliteMode)

  /// With Mode::write, creates a file that does not exist, and throws if another process writes it. An empty `key_path`: nothing
  /// is created or signed. The other modes ignore `key_path`.
  AuditFile(const std::string& path, const std::string& key_path, Mode mode = Mode::write);

  /// Throws if the file that it writes is no longer at its path, or was overwritten by something else. If it was moved, the
  /// records in its write-ahead log are first brought into it.
  void check_place();
  /// Writes the database's version, and throws if that is impossible.
  void probe();
  /// Appends entries in one transaction and returns the sequence of the first. Nothing is appended if it throws.
  std::uint64_t append(const std::vector<AuditEntry>& entries, std::uint64_t now_ms);
  /// Signs the newest record, if it is not signed and a checkpoint is due, or `at_once` is set. Returns whether it has signed.
  bool sign_when_due(std::uint64_t now_ms, bool at_once = false);
  /// Removes receipts and records before `before_ms`, and signs the removal. True: there are more.
  [[nodiscard]] bool cut(std::uint64_t before_ms, std::uint64_t now_ms);
  /// Forgets the user's receipts, and all personal values of the records in which one is the user's id, or "user:" and it; but
  /// names of rooms stay. How many. The chain records which records' values these were (erased_values.hpp).
  /// `rooms`: deleted ones that were named after the user, whose receipts go, too.
  std::uint64_t forget(const std::string& user_id, std::uint64_t now_ms, const std::vector<std::string>& rooms = {});
  /// Forgets other values that name the user (names_user), of a bounded number of records behind `after`, and adds how many to
  /// `forgotten`; recorded in the same way. Where it continues; nothing: that was the last step.
  std::optional<std::uint64_t> forget_names(const std::string& user_id, std::uint64_t after, std::uint64_t now_ms,
                                            std::uint64_t& forgotten);
  /// Whether the write-ahead log could be emptied: not while someone reads for long.
  [[nodiscard]] bool empty_wal();
  /// Rewrites the whole database, so that no page has old bytes.
  void rewrite();

  [[nodiscard]] std::vector<AuditRecord> query(const AuditQuery& query);

  /// One transaction, beside the chain.
  void add_receipts(const std::vector<core::Receipt>& receipts);
  [[nodiscard]] std::vector<ReceiptRange> receipts(const ReceiptQuery& query);
  [[nodiscard]] const ChainPoint& head() const { return head_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  [[nodiscard]] std::optional<ChainPoint> cut_point();
  [[nodiscard]] std::vector<ChainPoint> checkpoints();
  [[nodiscard]] std::vector<PersonalValue> personal_of(std::uint64_t seq);
  [[nodiscard]] store::SqliteDatabase& database() { return *database_; }

 private:
  void set_up();
  void note_places();
  void load();
  void add(const AuditEntry& entry, std::uint64_t now_ms);
  template <typename Work>
  auto guarded(const Work& work);
  template <typename Work>
  void transact(const Work& work);
  /// Like transact(), but for work that adds records: if it throws, the head of the chain is restored.
  template <typename Work>
  void extend(const Work& work);

  const std::string path_;
  std::optional<SigningKey> key_;
  std::unique_ptr<store::FileLock> lock_;  ///< held by the only writer: two would assign the same sequences
  std::unique_ptr<store::SqliteDatabase> database_;
  struct Statements;
  std::shared_ptr<Statements> statements_;  ///< destroyed before the database
  std::unique_ptr<ReceiptTable> receipts_;  ///< destroyed before the database, too; null: a file that is only read has none
  std::vector<store::FilePlace> places_;    ///< of the database and its log; empty: it is only read
  std::optional<store::SqliteFileWatch> watch_;
  bool is_displaced_ = false;
  std::string id_, public_key_;
  ChainPoint head_, signed_;  ///< the newest record; the newest checkpoint
};

}  // namespace dialogue::audit
