// Follows the kept state of a store that several nodes share: revocations and rooms that another node has added or removed.
// Calls come from the executor that `post` brings them to.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "server/core/access/revocation.hpp"
#include "server/core/messages/node_messages.hpp"
#include "server/core/util/time.hpp"
#include "server/store/store.hpp"

namespace dialogue {

class KeptFollower {
 public:
  struct Listener {
    std::function<void(core::KeptRevocation)> revoked;
    std::function<void(core::RoomMade)> made;
    std::function<void(core::RoomRemoved)> removed;
  };
  /// `post` runs a function on the executor; from any thread. `now_ms`: monotonic.
  KeptFollower(std::shared_ptr<store::Store> store, std::function<void(std::function<void()>)> post,
               std::function<std::uint64_t()> now_ms, Listener listener)
      : store_(std::move(store)), post_(std::move(post)), now_ms_(std::move(now_ms)), listener_(std::move(listener)) {}
  KeptFollower(const KeptFollower&) = delete;
  KeptFollower& operator=(const KeptFollower&) = delete;
  ~KeptFollower() { handle_.reset(); }

  /// Begins to follow; returns false if the store cannot follow.
  [[nodiscard]] bool start();
  /// Repeats requests for which the store was too busy. Returns the next deadline, by `now_ms`.
  std::uint64_t tick();

 private:
  /// What was read of one kind, and up to where.
  struct Position {
    std::uint64_t epoch = 0, version = 0;
  };
  void look();
  void ask(store::KeptKind kind, Position KeptFollower::*position);
  void take(const store::KeptList& list, store::KeptKind kind);

  const std::shared_ptr<store::Store> store_;
  const std::function<void(std::function<void()>)> post_;
  const std::function<std::uint64_t()> now_ms_;
  const Listener listener_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();
  Position revocations_, rooms_;
  int asked_ = 0;
  bool looks_again_ = false;
  std::uint64_t retry_ms_ = core::kNever;  ///< when
  std::unique_ptr<store::FollowHandle> handle_;
};

}  // namespace dialogue
