// See audit_check.hpp.
#include "server/audit/audit_check.hpp"

#include <algorithm>
#include <map>

#include "server/audit/erased_values.hpp"

namespace dialogue::audit {
namespace {

class AuditCheck {
 public:
  AuditCheck(AuditFile& file, std::string public_key) : file_(file), public_key_(std::move(public_key)) {
    if (public_key_.empty()) public_key_ = file.public_key();
    verdict_.public_key = hex_of(public_key_);
  }

  AuditVerdict run() {
    if (public_key_ != file_.public_key()) fault("the file names a different public key");
    begin();
    for (const ChainPoint& each : file_.checkpoints()) checkpoints_[each.seq] = each;
    AuditQuery query{at_.seq, kAuditPageMax};
    for (bool has_more = true; has_more && !is_full();) {
      const std::vector<AuditRecord> page = file_.query(query);
      for (const AuditRecord& record : page) {
        look_at(record);
        if (is_full()) break;
      }
      has_more = !page.empty();  // what was erased while this read is recorded behind it
      if (has_more) query.after = page.back().seq;
    }
    end();
    return std::move(verdict_);
  }

 private:
  void fault(std::string text) {
    if (!is_full()) verdict_.faults.push_back(std::move(text));
  }
  [[nodiscard]] bool is_full() const { return verdict_.faults.size() >= kAuditFaultsMax; }

  void begin() {
    const std::optional<ChainPoint> cut = file_.cut_point();
    if (!cut) return;
    verdict_.was_cut = true;
    at_ = *cut;
    if (!is_signed(public_key_, cut_text(file_.id(), cut->seq, cut->at_ms, cut->hash), cut->signature))
      fault("the signature of the cut at " + std::to_string(cut->seq) + " is wrong");
  }

  void look_at(const AuditRecord& record) {
    const std::string name = "record " + std::to_string(record.seq);
    if (record.seq != at_.seq + 1) fault(name + " does not follow record " + std::to_string(at_.seq) + ": some are missing");
    if (verdict_.first == 0) verdict_.first = record.seq;
    std::string head = record_head(record.seq, record.at_ms, record.action);
    head.pop_back();
    if (!record.text.starts_with(head)) fault(name + " does not fit its row");
    const Digest hash = chained(at_.hash, record.text);
    if (view_of(hash) != record.hash) fault(name + " was changed, or the one before it");
    look_at_values(record, name);
    if (record.action == kValuesErased) take_erasure(record);
    // From the stored hash on, so that one fault is one.
    at_.seq = record.seq;
    std::copy_n(record.hash.begin(), std::min(record.hash.size(), at_.hash.size()), at_.hash.begin());
    ++verdict_.records;
    if (const auto point = checkpoints_.find(record.seq); point != checkpoints_.end()) look_at(point->second);
  }

  void look_at(const ChainPoint& point) {
    ++verdict_.checkpoints;
    const std::string name = "the checkpoint at " + std::to_string(point.seq);
    if (point.hash != at_.hash) fault(name + " has another hash than its record");
    if (!is_signed(public_key_, checkpoint_text(file_.id(), point.seq, point.at_ms, point.hash), point.signature))
      fault("the signature of " + name + " is wrong");
    else
      verdict_.signed_up_to = point.seq;
    checkpoints_.erase(point.seq);
  }

  void look_at_values(const AuditRecord& record, const std::string& name) {
    const std::size_t begin = record.text.rfind("\"personal\":");
    const std::string digests = begin == std::string::npos ? std::string() : record.text.substr(begin);
    constexpr std::string_view kMark = "\":\"";
    std::uint64_t in_record = 0;
    for (std::size_t at = digests.find(kMark); at != std::string::npos; at = digests.find(kMark, at + 1)) ++in_record;
    for (const PersonalValue& each : record.personal) {
      ++verdict_.values;
      const std::string digest = "\"" + each.name + "\":\"" + hex_of(view_of(personal_digest(each.salt, each.value))) + "\"";
      if (digests.find(digest) == std::string::npos) fault("the value of " + each.name + " in " + name + " was changed");
    }
    const std::uint64_t missing = in_record - std::min<std::uint64_t>(in_record, record.personal.size());
    verdict_.erased_values += missing;
    if (missing > 0) missing_[record.seq] = missing;
  }

  void take_erasure(const AuditRecord& erasure) {
    for (const auto& [seq, values] : erased_values_in(erasure.text, erasure.seq)) {
      const auto place = missing_.find(seq);
      if (place == missing_.end()) continue;
      place->second -= std::min(place->second, values);
      if (place->second == 0) missing_.erase(place);
    }
  }

  void end() {
    for (const auto& [seq, values] : missing_)
      fault("record " + std::to_string(seq) + " has lost " + std::to_string(values) +
            " personal values that no recorded erasure took");
    verdict_.last = at_.seq;
    verdict_.head = hex_of(view_of(at_.hash));
    for (const auto& [seq, point] : checkpoints_)
      fault(seq > at_.seq ? "records up to " + std::to_string(seq) + " were signed and are missing"
                          : "the checkpoint at " + std::to_string(seq) + " has no record");
  }

  AuditFile& file_;
  std::string public_key_;
  ChainPoint at_;
  std::map<std::uint64_t, ChainPoint> checkpoints_;
  ErasedValues missing_;  ///< that no erasure explains so far
  AuditVerdict verdict_;
};

}  // namespace

AuditVerdict check_audit(const std::string& path, const std::string& public_key) {
  AuditFile file(path, {}, AuditFile::Mode::read);
  return AuditCheck(file, public_key).run();
}

}  // namespace dialogue::audit
