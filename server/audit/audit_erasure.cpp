// See audit_erasure.hpp.
#include "server/audit/audit_erasure.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

#include "server/audit/audit_lines.hpp"
#include "server/store/erasure/file_scanner.hpp"

namespace dialogue::audit {
namespace {

using store::ScrubbedFile;
using store::SqliteRows;
using store::SqliteStatement;

struct AuditColumn {
  const char* sql;
  unsigned copies;  ///< number of copies of a value in the file: indexes contain it again
};

/// All bytes of an audit but the personal values.
constexpr AuditColumn kAuditColumns[] = {
    {"SELECT id FROM chain", 1},           {"SELECT public_key FROM chain", 1}, {"SELECT action FROM record", 1},
    {"SELECT text FROM record", 1},        {"SELECT hash FROM record", 1},      {"SELECT name FROM personal", 2},
    {"SELECT salt FROM personal", 1},      {"SELECT hash FROM checkpoint", 1},  {"SELECT signature FROM checkpoint", 1},
    {"SELECT room FROM receipt", 3},       {"SELECT user FROM receipt", 3},     {"SELECT sql FROM sqlite_schema", 1},
    {"SELECT name FROM sqlite_schema", 1},
};
constexpr unsigned kValueCopies = 2;  ///< of a personal value

std::uint64_t wall_clock_ms() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return static_cast<std::uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

class Eraser {
 public:
  Eraser(const std::string& path, const std::string& user_id, const UseAudit& use_audit, const std::vector<std::string>& rooms)
      : path_(path), user_id_(user_id), use_audit_(use_audit), rooms_(rooms), traces_(user_id, {}) {}

  AuditErasure run() {
    if (!forget()) return std::move(erasure_);
    try {
      search();
      if (!erasure_.is_clean && store::is_rewriting_useful(erasure_.files, path_) &&
          use_audit_([](AuditFile& file) { file.rewrite(); })) {
        if (!empty_wal()) return std::move(erasure_);
        search();
      }
      erasure_.is_done = true;
    } catch (const std::exception&) {}  // a file cannot be read: it is not done
    return std::move(erasure_);
  }

 private:
  bool forget() {
    if (!use_audit_([this](AuditFile& file) { erasure_.values = file.forget(user_id_, wall_clock_ms(), rooms_); })) return false;
    std::optional<std::uint64_t> at = 0;
    const auto step = [&](AuditFile& file) { at = file.forget_names(user_id_, *at, wall_clock_ms(), erasure_.values); };
    while (at)
      if (!use_audit_(step)) return false;
    return empty_wal();
  }

  bool empty_wal() {
    return use_audit_([this](AuditFile& file) { erasure_.is_log_empty = file.empty_wal(); });
  }

  /// The database itself, its log, and copies beside it; not the keys, which are random.
  void search() {
    look(0);
    bool is_back = false;  // the user has come again, or never went
    const auto has_hits = [](const ScrubbedFile& file) { return file.user_hits > 0; };
    if (std::any_of(erasure_.files.begin(), erasure_.files.end(), has_hits)) {
      erasure_.mentions = mentions(is_back);
      if (!store::has_nothing_left(erasure_.files)) look(erasure_.mentions);
    }
    erasure_.is_clean = !is_back && erasure_.is_log_empty && store::has_nothing_left(erasure_.files);
  }

  void look(std::uint64_t explained) {
    erasure_.files = traces_.search_database(path_, explained);
    std::erase_if(erasure_.files, [this](const ScrubbedFile& file) {
      const std::string end = file.path.substr(path_.size());
      return end == "-key" || end == "-key.pub";
    });
  }

  std::uint64_t mentions(bool& is_back) {
    AuditFile file(path_, {}, AuditFile::Mode::read);
    std::uint64_t found = 0;
    for (const AuditColumn& column : kAuditColumns) {
      SqliteStatement all(file.database(), column.sql);
      for (SqliteRows rows = all.query(); rows.next();) found += column.copies * traces_.take_out_of(rows.text(0));
    }
    SqliteStatement values(file.database(), "SELECT name, value FROM personal");
    for (SqliteRows rows = values.query(); rows.next();) {
      is_back = is_back || names_user(rows.text(0), rows.text(1), user_id_);
      found += kValueCopies * traces_.take_out_of(rows.text(1));
    }
    return found;
  }

  const std::string &path_, &user_id_;
  const UseAudit& use_audit_;
  const std::vector<std::string>& rooms_;
  store::FileScanner traces_;
  AuditErasure erasure_;
};

}  // namespace

AuditErasure erase_from_audit(const std::string& path, const std::string& user_id, const UseAudit& use_audit,
                              const std::vector<std::string>& deleted_rooms) {
  return Eraser(path, user_id, use_audit, deleted_rooms).run();
}

}  // namespace dialogue::audit
