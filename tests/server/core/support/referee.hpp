// Watches what one client gets and throws BrokenRule when docs/protocol.md is broken, whatever the client sent: forms, order,
// sequences, membership. For random and hostile input, where no exact answer can be foretold.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/server/core/support/cluster.hpp"

namespace dialogue::testing {

class Referee {
 public:
  /// Judges everything that came since the last call.
  void judge(Client& client);
  /// How often request `req` was answered, by REPLY, JOINED or LEFT.
  [[nodiscard]] std::size_t answers(std::uint64_t req) const { return answers_.contains(req) ? answers_.at(req) : 0; }
  /// How often a publication was answered in room `room` with number `number`.
  [[nodiscard]] std::size_t verdicts(std::uint64_t room, std::uint64_t number) const;
  [[nodiscard]] bool is_in(std::uint64_t room) const { return rooms_.contains(room); }
  [[nodiscard]] std::uint64_t any_room() const { return rooms_.empty() ? 1 : rooms_.begin()->first; }
  [[nodiscard]] bool welcomed() const { return welcomed_; }

 private:
  struct RoomState {
    std::uint64_t first_min = 1, next_seq = 1;  ///< what comes first is one of [first_min, next_seq]
    std::uint64_t clock = 0;
  };
  void judge_frame(const std::string& text);
  static void judge_order(RoomState& state, std::uint64_t first, std::uint64_t last, const std::string& text);
  void judge_room_frame(const Frame& frame, const std::string& text);

  bool welcomed_ = false, dismissed_ = false;
  std::map<std::uint64_t, RoomState> rooms_;
  std::map<std::uint64_t, std::size_t> answers_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> verdicts_;
};

}  // namespace dialogue::testing
