// See audit_record.hpp.
#include "server/audit/audit_record.hpp"

#include "shared/base/printable.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::audit {
namespace {

constexpr std::string_view kRecordTag = "dialogue.audit.record.1\n", kCheckpointTag = "dialogue.audit.checkpoint.1\n",
                           kCutTag = "dialogue.audit.cut.1\n";

std::string signed_text(std::string_view tag, std::string_view id, std::uint64_t seq, std::uint64_t at_ms, const Digest& hash) {
  return std::string(tag) +
         JsonText().text("chain", hex_of(id)).number("seq", seq).number("at", at_ms).text("hash", hex_of(view_of(hash))).take();
}

}  // namespace

Digest personal_digest(std::string_view salt, std::string_view value) { return sha256(std::string(salt).append(value)); }

std::string record_head(std::uint64_t seq, std::uint64_t at_ms, std::string_view action) {
  return JsonText().number("seq", seq).number("at", at_ms).text("action", action).raw("fields", "").take();
}

std::string record_text(std::uint64_t seq, std::uint64_t at_ms, std::string_view action, const std::vector<AuditField>& fields,
                        const std::vector<PersonalValue>& personal) {
  JsonText open, digests;
  for (const AuditField& field : fields)
    if (!field.is_personal) open.text(field.name, field.value);
  for (const PersonalValue& each : personal) digests.text(each.name, hex_of(view_of(personal_digest(each.salt, each.value))));
  std::string text = record_head(seq, at_ms, action);
  text.pop_back();
  return printable_json(text + open.take() + ",\"personal\":" + digests.take() + "}");
}

Digest chained(const Digest& before, std::string_view record) {
  std::string bytes(kRecordTag);
  return sha256(bytes.append(view_of(before)).append(record));
}

std::string checkpoint_text(std::string_view id, std::uint64_t seq, std::uint64_t at_ms, const Digest& hash) {
  return signed_text(kCheckpointTag, id, seq, at_ms, hash);
}

std::string cut_text(std::string_view id, std::uint64_t seq, std::uint64_t at_ms, const Digest& hash) {
  return signed_text(kCutTag, id, seq, at_ms, hash);
}

}  // namespace dialogue::audit
