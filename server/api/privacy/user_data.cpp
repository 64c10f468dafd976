// The texts of user_data.hpp.
#include "server/api/privacy/user_data.hpp"

#include "server/api/privacy/event_erasure.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

std::string user_event_text(const UserDataEvent& found) {
  return JsonText()
      .text("room", found.room)
      .number("epoch", found.epoch)
      .number("seq", found.record.seq)
      .number("timestamp", found.record.timestamp_ms)
      .text("event", found.record.event)
      .text("from", found.record.from)
      .raw("data", found.record.payload)
      .take();
}

std::string erased_file_text(const ErasedFile& file) {
  return JsonText()
      .text("path", file.path)
      .number("bytes", file.bytes)
      .number("userId", file.user_hits)
      .number("payloads", file.payload_hits)
      .number("left", file.left)
      .take();
}

std::string erased_sequences_text(const std::vector<core::SeqRange>& ranges) {
  return JsonText().raw("sequences", ranges_text(ranges)).take();
}

}  // namespace dialogue::api
