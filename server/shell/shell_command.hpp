// One command of a shell that needs a server: connects, does its work, leaves in order, and says with its exit code whether all
// of it was done. Each command derives from it. One thread.
#pragma once
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

#include "server/shell/reactor.hpp"
#include "server/shell/session.hpp"

namespace dialogue::shell {

inline constexpr int kDone = 0, kRefused = 1, kInterrupted = 130;  ///< exit codes; the last as shells have it

/// Where a command writes: results, and everything else.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  int output = -1;  ///< the descriptor of `out`, where a pipe's reader may go; -1: none
};

class ShellCommand : protected SessionObserver {
 public:
  /// Does it; the exit code.
  [[nodiscard]] int run();

 protected:
  /// `patience_ms`: time without progress and answer; 0: unlimited. `connect` outlive it.
  ShellCommand(const ConnectOptions& connect, Streams streams, std::uint64_t patience_ms);
  ~ShellCommand() = default;

  /// What to ask of the server first.
  virtual void begin() = 0;
  /// A descriptor that is to be read, or -1; on_input() when that can be done.
  [[nodiscard]] virtual int input() const { return -1; }
  virtual void on_input() {}
  /// The exit code after SIGINT or SIGTERM.
  [[nodiscard]] virtual int interrupted() = 0;
  /// The exit code where what it prints cannot be written any more, such as after its reader has gone.
  [[nodiscard]] virtual int unread() { return kDone; }

  void welcomed(const CatalogueView&) override { note_progress(); }
  void delivered(const Frame&, std::uint64_t) override {}
  void missed(std::uint64_t, std::uint64_t, ErrorCode) override {}
  void left(ErrorCode why) override;
  void waiting(ErrorCode why) override;
  void lost(const std::string& why) override;
  void ended(const std::string& why) override { fail(why); }

  void finish(int code);
  /// Says why on the error stream, and ends with kRefused.
  void fail(const std::string& why);
  void warn(const std::string& what);
  void note_progress();
  [[nodiscard]] bool is_over() const { return is_over_; }

  const ConnectOptions& connect_;
  Streams streams_;
  Reactor reactor_;
  Session session_;

 private:
  const std::uint64_t patience_ms_;
  std::uint64_t progress_ms_ = 0;
  ErrorCode waits_for_ = ErrorCode::ok;  ///< what the server asked for patience with
  int code_ = kDone;
  bool is_over_ = false;
};

/// "too_short: $.text is shorter than 1 character(s)": a refusal as a line of text; `object` is what NACK or REPLY says of it.
[[nodiscard]] std::string refusal_text(ErrorCode code, std::string_view object);

}  // namespace dialogue::shell
