// Why a request is refused: a code for programs, a sentence for people, and where in the request the fault is. The table of codes
// is the whole list that callers may meet; docs in README.md. Values.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace chat {

enum class FaultCode : std::uint8_t {
  invalid_request,
  unauthorized,
  invalid_credentials,
  session_ended,
  forbidden,
  not_member,
  banned,
  not_found,
  name_taken,
  already_member,
  last_owner,
  too_many,
  rate_limited,
};

struct FaultInfo {
  std::string_view name;
  unsigned status;  ///< of HTTP
};

[[nodiscard]] constexpr FaultInfo info_of(FaultCode code) {
  constexpr std::array<FaultInfo, 13> kTable = {{
      {"invalid_request", 422},
      {"unauthorized", 401},
      {"invalid_credentials", 401},
      {"session_ended", 401},
      {"forbidden", 403},
      {"not_member", 403},
      {"banned", 403},
      {"not_found", 404},
      {"name_taken", 409},
      {"already_member", 409},
      {"last_owner", 409},
      {"too_many", 409},
      {"rate_limited", 429},
  }};
  return kTable[static_cast<std::size_t>(code)];
}

struct Fault {
  FaultCode code = FaultCode::invalid_request;
  std::string message;              ///< what is wrong and what to do, in one or two sentences
  std::string path{};               ///< the faulty member of the request, such as "name"; may be empty
  std::uint64_t retry_after_s = 0;  ///< set for rate_limited only
};

}  // namespace chat
