#include "server/load/members/stream_member.hpp"

namespace dialogue::load {

// The head is sent once the rooms are joined, by Dialogue and by nchan.
void StreamMember::opened(std::string_view) {
  is_joined = true;
  audience_.joined(*this);
}

void StreamMember::heard(std::string_view data) {
  while (const auto stamp = take_stamp(data, kStampMarker)) audience_.delivered(*this, *stamp);
}

void StreamMember::ended(std::uint16_t, const std::string& why, bool) { audience_.lost(*this, why, Loss::final); }

}  // namespace dialogue::load
