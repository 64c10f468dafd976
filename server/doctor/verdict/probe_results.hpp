// The observations of the probes, before the verdicts. Values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "server/doctor/verdict/finding.hpp"
#include "server/doctor/wire/welcome.hpp"

namespace dialogue::doctor {

/// The time that a connection was open, and how it ended.
struct Life {
  Ms watched_ms = 0;                ///< how long it was to stay open
  std::optional<Ms> cut_ms{};       ///< its age when it ended before that
  Ms quiet_ms = 0;                  ///< at its end: since the last byte in either direction
  Ms silence_ms = 0;                ///< the longest time without a byte of the server
  std::string end{};                ///< of one that was cut: "reset", "closed"
  bool is_ended_by_server = false;  ///< it said so in order
};

/// A response that ends a probe: its status, or how it was cut.
struct Answer {
  unsigned status = 0;   ///< 0: none
  std::string fault{};   ///< then: why
  std::string detail{};  ///< of an error of the server's own: what it says
};

struct WebSocketResult {
  Answer answer{};      ///< to the Upgrade
  bool is_ours = true;  ///< it names the subprotocol that was offered
  Ms upgrade_ms = 0;
  std::optional<Ms> first_frame_ms{};  ///< since the Upgrade was answered
  bool is_held_until_next = false;     ///< it came only after another frame had been asked for
  std::optional<Ms> round_trip_ms{};   ///< of a frame and its answer
  std::optional<Reception> reception{};
  std::string end{};  ///< of one that closed without a frame
  Life life{};
};

struct StreamResult {
  Answer answer{};
  std::string content_type{}, content_encoding{}, cache_control{};
  std::string cached{};  ///< the field that says so
  std::optional<Ms> head_ms{}, first_event_ms{}, echo_ms{};
  bool asks_echo = false;  ///< an answer was asked for
  std::optional<Reception> reception{};
};

struct PollResult {
  Answer opening{};
  std::optional<Reception> reception{};
  Ms hold_ms = 0;     ///< what was asked for
  Ms longest_ms = 0;  ///< of those that were answered
  unsigned answered = 0;
  std::optional<Ms> cut_ms{};  ///< the shortest
  Answer cut{};
  std::optional<Ms> works_ms{};  ///< after a cut: a hold that was answered
};

struct BodyResult {
  std::uint64_t bytes = 0;
  Answer answer{};
};

struct OriginResult {
  std::string origin{};
  Answer answer{};
};

struct AddressResult {
  std::string fault{};  ///< of name, connection or TLS
  std::string peer{};
  Ms connect_ms = 0;
  std::string tls{};  ///< empty without
  std::int64_t days_left = 0;
  bool is_checked = true;  ///< the certificate was
  Answer health{}, ready{};
  bool is_dialogue = false;
  unsigned http_version = 11;
  bool keeps_alive = true;
};

}  // namespace dialogue::doctor
