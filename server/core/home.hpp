// The home side of a shard: decides joins, leaves and publications of the rooms that live here. Everything comes as a letter and
// is answered by letters, also when the asker is on the same shard. Used by its shard only.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/core/delay_queue.hpp"
#include "server/core/mail.hpp"
#include "server/core/outbox.hpp"
#include "server/core/room_registry.hpp"
#include "server/core/shard_config.hpp"

namespace dialogue {

class Home {
 public:
  Home(const ShardConfig& config, Outbox& outbox, SeededRandom& random);

  void handle(Join&& join);
  void handle(Leave&& leave);
  void handle(Publish&& publish);
  void handle(CreateRoom&& create);
  void handle(DeleteRoom&& remove);
  void handle(ServerPublish&& publish);

  /// The rooms here that `asker` may join, sorted by id; all when it is null.
  [[nodiscard]] std::vector<RoomInfo> list(const Identity* asker) const;
  /// The rules of the configuration alone; see RoomRegistry.
  [[nodiscard]] RulesPtr predefined(std::string_view room_id) const { return rooms_.predefined(room_id); }

  /// Tells presence, frees idle rooms; returns the next deadline.
  [[nodiscard]] std::uint64_t tick();

 private:
  struct Event {
    std::uint32_t index;
    std::string_view from, payload;
  };

  void admit(Room& room, Join&& join);
  void fan_out(const Room& room, const Event& event, const Position& position);
  void tell_publication(const Room& room, const Event& event, const Position& position);
  void flush_presence(Room& room);
  [[nodiscard]] Position take_position(Room& room, std::uint32_t event);
  [[nodiscard]] PublishResult publish_for_server(ServerPublish& publish);

  /// Posts `letter()` to every shard where the room has members, made anew for each.
  template <typename Make>
  void post_to_members(const Room& room, const Make& letter) {
    for (std::uint32_t shard = 0; shard < outbox_.shard_count(); ++shard)
      if (room.has_members_on(shard)) outbox_.post(shard, letter());
  }

  const ShardConfig& config_;
  Outbox& outbox_;
  RoomRegistry rooms_;
  DelayQueue<std::uint64_t> presence_due_;
};

}  // namespace dialogue
