// A running checksum over a shard's actions, by which two runs are compared. A value.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/messages/actions.hpp"

namespace dialogue::replay {

/// A frame that goes to many is read once.
class ActionDigest {
 public:
  /// Without `whole_frames` of each frame its leading integers alone count: what follows them may hold a masked payload.
  explicit ActionDigest(bool whole_frames) : whole_frames_(whole_frames) {}

  void add(const core::Action& action);
  /// A new connection's number.
  void add(core::ConnectionId opened) { mix(opened); }
  /// 16 hexadecimal digits over everything so far.
  [[nodiscard]] std::string text() const;

 private:
  void mix(std::uint64_t word);
  void mix(std::string_view bytes);
  void mix_integers(std::string_view frames);
  void frame(core::ConnectionId to, const core::SharedBytes& text);

  void take(const core::SendFrame& send) { frame(send.to, send.text); }
  void take(const core::SendPing& ping) { frame(ping.to, ping.text); }
  void take(const core::CloseConnection& close);
  void take(const core::PostMessage& post);
  void take(const core::LogLine& line);
  void take(const core::AskDrained& ask) { mix(ask.to); }
  void take(const core::AskIdentity& ask);
  void take(const core::AskHook& ask);
  void take(const core::StoreRequest& request);
  void take(const core::AnswerCall&) {}
  void take(const core::FollowLog& follow) { mix(follow.room); }
  void take(const core::UnfollowLog& unfollow) { mix(unfollow.room); }
  void take(const core::TellNodes& tell) { mix(tell.news->index()); }
  void take(const core::BeginExchange& begin) { mix(begin.ticket); }
  void take(const core::TellExchange& tell) {
    mix(tell.ticket);
    mix(tell.news->index());
  }
  void take(const core::GiveUp& give_up) { mix(give_up.reason); }

  bool whole_frames_;
  std::uint64_t value_ = 0;
  core::SharedBytes last_frame_;  ///< kept, so that no other text comes to stand where it stands
  std::uint64_t last_frame_value_ = 0;
};

}  // namespace dialogue::replay
