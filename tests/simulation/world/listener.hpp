// A page that only listens, as EventSource does: a push stream of some rooms, opened again with the last id whenever it ends.
// What it is shown is held against the ledger like what a member is shown. Used by one run.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulation/ledger.hpp"
#include "tests/simulation/world/stream_link.hpp"

namespace dialogue::simulation {

class Listener {
 public:
  struct Surroundings {
    Clockwork& clockwork;
    Ledger& ledger;
    Weather& weather;
    const std::uint32_t& version;  ///< of the server's catalogue
    std::function<bool(const std::shared_ptr<Link>&)> connect;
    std::function<void(const std::string&)> note;
  };
  Listener(Surroundings around, std::string name, std::uint64_t seed, std::vector<RoomIndex> rooms);
  ~Listener();

  void start();
  void cut();
  void go_silent();
  /// Opens another stream with the id of this one, as a page that is loaded again.
  void reload();

  /// Its position in a room; epoch 0: it has none.
  [[nodiscard]] Spot position(RoomIndex room) const;
  [[nodiscard]] const std::vector<RoomIndex>& rooms() const { return rooms_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool is_open() const { return is_open_; }
  /// It hears no more; what it saw goes to the ledger.
  void stop();

 private:
  struct Seen {
    bool has_stretch = false, is_missed = false;  ///< is_missed: dialogue.missed came since the stream began
    Stretch stretch;
    std::set<MessageId> fleeting;
  };

  void open();
  void ended();
  void watch();
  void take(const std::string& bytes);
  void take_block(std::string_view block);
  void take_event(std::string_view data);
  void missed(std::string_view data);
  void moved(const std::string& id);
  void end_stretch(Seen& seen);
  [[nodiscard]] std::size_t index_of(std::string_view room_id) const;

  Surroundings around_;
  std::string name_;
  Chance chance_;
  std::vector<RoomIndex> rooms_;
  std::vector<Seen> seen_;  ///< beside rooms_
  std::string query_, last_id_, buffer_;
  std::shared_ptr<StreamLink> link_;
  std::uint64_t links_ = 0, heard_us_ = 0;
  bool is_open_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dialogue::simulation
