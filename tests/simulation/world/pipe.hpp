// What a page has for its connection, as js/src/fallback has it: one link, or several in a race, of which the first that delivers
// a frame is the connection. A connection over requests can move: a socket is opened beside it and sent HELLO, and once that is
// welcomed it replaces the old one. Used by one run.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/world/link.hpp"

namespace dialogue::simulation {

enum class Way : std::uint8_t { socket, tunnel };

/// By what a user connects.
struct Ways {
  std::vector<Way> order = {Way::socket};  ///< the preferred one first
  bool at_once = false;                    ///< the others begin beside the first without a wait
};

class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  struct Surroundings {
    Clockwork& clockwork;
    Weather& weather;
    std::function<bool(const std::shared_ptr<Link>&)> connect;
  };
  /// A link that has its WELCOME, and its first message.
  struct Welcomed {
    std::shared_ptr<Link> link;
    std::string message;
  };
  struct Listener {
    std::function<void()> opened;  ///< frames may be sent, HELLO first
    std::function<void(const std::string&)> received;
    std::function<void(std::uint16_t close_code)> lost;
    std::function<void(Welcomed)> moved;  ///< this pipe has ended; another one follows the link
  };
  Pipe(Surroundings around, const Ways& ways, std::uint64_t seed, Listener listener)
      : around_(std::move(around)), ways_(ways), chance_(seed), listener_(std::move(listener)) {}

  void begin();
  /// Instead of begin().
  void follow(Welcomed by);
  /// Frames, with LF between them.
  void send(const std::string& text);
  void drop(std::uint16_t code);
  /// Moves to a socket, if it can; `hello` is what it is sent.
  void move(std::function<std::string()> hello);

  void cut();
  void go_silent();

 private:
  struct Runner {
    std::shared_ptr<Link> link;
    std::size_t sent = 0;  ///< of frames_
    bool is_open = false;
  };

  [[nodiscard]] std::shared_ptr<Link> make_link(Way way);
  void open(const std::shared_ptr<Link>& link, std::function<void(bool is_open)> done);
  void next();
  void opened(const std::shared_ptr<Link>& link);
  void received(const std::shared_ptr<Link>& link, const std::string& text);
  void ended(const std::shared_ptr<Link>& link, std::uint16_t code);
  void win(const std::shared_ptr<Link>& link);
  void listen(const std::shared_ptr<Link>& link);
  [[nodiscard]] std::vector<Runner>::iterator runner_of(const std::shared_ptr<Link>& link);
  void finish(std::uint16_t code);

  // Moving.
  void probed(const std::string& message);
  void stop_probe();

  Surroundings around_;
  const Ways& ways_;
  Chance chance_;
  Listener listener_;
  std::vector<Runner> runners_;      ///< that have begun and not failed
  std::vector<std::string> frames_;  ///< until there is a winner
  std::vector<std::string> early_;   ///< that came before follow() was carried out
  std::size_t begun_ = 0;
  bool has_opened_ = false, is_over_ = false;
  std::shared_ptr<Link> winner_, probe_;
  bool awaits_welcome_ = false, said_hello_ = false, has_lost_winner_ = false;
};

}  // namespace dialogue::simulation
