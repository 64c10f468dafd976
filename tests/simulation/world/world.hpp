// One run: a server, its users with their pages, and the network between them, from a seed. Everything that happens is checked as
// it happens; in the end all faults are lifted, and when all is quiet everybody must have the same.
//
//   const Outcome outcome = run({.seed = 7});   // the same every time
#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/schedule.hpp"
#include "tests/simulation/world/listener.hpp"

namespace dialogue::simulation {

struct Request {
  std::uint64_t seed = 1;
  std::uint32_t steps = 0;                         ///< 0: as many as the seed says
  std::optional<std::vector<std::uint32_t>> keep;  ///< only these steps; absent: all
  bool is_verbose = false;                         ///< notes are printed
};

struct Outcome {
  std::string violation;     ///< empty: every promise was kept
  std::uint64_t events = 0;  ///< what happened, counted
  std::size_t acknowledgements = 0;
};

[[nodiscard]] Outcome run(const Request& request);

class World {
 public:
  explicit World(const Request& request);
  ~World();
  /// Throws Violation.
  void run();
  [[nodiscard]] std::uint64_t events() const { return clockwork_.events(); }
  [[nodiscard]] std::size_t acknowledgements() const { return ledger_.acknowledgements(); }

 private:
  struct User {
    std::string name;
    Weather weather, fair_weather;
    Ways ways;
    bool has_outbox = false, is_guest = false;
    std::unique_ptr<Page> page;
    std::uint32_t pages = 0;
    std::uint64_t seed = 0;
    std::vector<Spot> saved = std::vector<Spot>(kPlaces.size());  ///< positions that the application keeps
  };

  void note(const std::string& text) const;
  void open_page(User& user, Storage left);
  void open_stream();
  void reload(User& user, bool keeps);
  void start_server(std::uint64_t delay_us);
  void carry_out(const Step& step);
  void carry_out_at_listener(const Step& step);
  void carry_out_at_page(const Step& step, User& user);
  void reopen(User& user, const Step& step);
  void carry_out_at_server(const Step& step);
  void stall(User& user, const Step& step);
  void publish_from_server(RoomIndex room);
  void delete_room(RoomIndex room, std::uint64_t again_us);
  void create_room(RoomIndex room);

  // world_settling.cpp
  void settle();
  void lift_faults();
  void rejoin_all();
  [[nodiscard]] std::string unsettled() const;
  [[nodiscard]] std::string unsettled_listener() const;
  void read_all_logs();
  void check_bounds() const;

  Request request_;
  Setup setup_;
  std::vector<Step> steps_;
  Clockwork clockwork_;
  Ledger ledger_;
  Chance chance_;
  Backend backend_;
  std::vector<User> users_;
  std::unique_ptr<Listener> listener_;  ///< null: nobody only listens
  Weather listener_weather_;
  std::set<RoomIndex> rooms_, deleted_;
  struct Deletion {
    std::size_t start;  ///< the server's, whose end leaves it unanswered
    std::size_t answers;
  };
  std::list<Deletion> deletions_;
  std::uint64_t begin_us_ = 0;
  std::uint32_t version_ = 0, served_version_ = 0;  ///< the next server's, and that of the one that is up
  bool is_settling_ = false, upgrades_ = false;
};

}  // namespace dialogue::simulation
