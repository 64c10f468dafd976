// Writes of the kept state, joined: what waits while one is under way goes with the next. In a cluster each is followed by a read
// of what has changed, so that the versions are known by which slots are taken. For one thread, that of `post`.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "server/store/store.hpp"

namespace dialogue::store {

inline constexpr std::size_t kKeptChangesPerWrite = 256;
inline constexpr std::size_t kKeptUnitsMax = 8'192;  ///< that wait; further ones are answered `busy`

class KeptWriter {
 public:
  struct Unit {
    /// Called at its turn, returns the changes to write. Empty: there is nothing to write, and `done` receives `ok`.
    std::function<std::vector<KeptChange>()> changes;
    std::function<void(core::StoreStatus)> done;
  };
  struct Settings {
    std::shared_ptr<Store> store;
    std::function<void(std::function<void()>)> post;  ///< to this thread, from any; dropped once that has ended
    std::function<std::uint64_t()> now_s;             ///< Unix time
    bool is_shared = false;
    /// A change of one of the kinds that are followed; in a whole list those that are missing do not exist.
    std::function<void(const KeptList& list, KeptKind kind)> take;
    std::function<void()> idle{};  ///< nothing waits any more
  };
  /// A kind that is followed, from what is known of it on.
  struct Position {
    KeptKind kind;
    std::uint64_t epoch = 0, version = 0;
  };
  KeptWriter(Settings settings, std::vector<Position> known) : settings_(std::move(settings)), positions_(std::move(known)) {}

  void submit(Unit unit);
  /// Reads what has changed, if the store is shared.
  void refresh();
  /// Calls refresh() whenever another node has changed something, if the store is shared.
  void follow();
  void unfollow() { follow_.reset(); }
  [[nodiscard]] bool is_idle() const { return !is_writing_ && waiting_.empty(); }

 private:
  void flush();
  void settle(std::vector<Unit> units, core::StoreStatus status);
  void ask(std::size_t place, const std::function<void()>& then);

  const Settings settings_;
  const std::shared_ptr<char> alive_ = std::make_shared<char>();
  std::vector<Position> positions_;
  std::deque<Unit> waiting_;
  std::size_t alone_ = 0;  ///< of the first units that wait: written one by one, since together they were stale
  bool is_writing_ = false;
  std::unique_ptr<FollowHandle> follow_;
};

}  // namespace dialogue::store
