// A terminal in raw mode, for a program that uses the whole screen: keys arrive one by one and are not echoed. The destructor
// restores the previous mode, also after SIGINT, SIGTERM and SIGHUP. One at a time; used by one thread.
#pragma once
#include <termios.h>

#include <cstddef>
#include <string>
#include <utility>

namespace dialogue::app {

enum class TerminalKey : unsigned char { none, left, right, up, down, character };

struct PressedKey {
  TerminalKey key = TerminalKey::none;
  char character = '\0';
};

class RawTerminal {
 public:
  /// Standard input and output must both be terminals, of a kind that obeys escape sequences (TERM is set and not dumb).
  [[nodiscard]] static bool is_there();

  RawTerminal();
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  /// Rows and columns.
  [[nodiscard]] std::pair<std::size_t, std::size_t> size() const;
  /// Replaces what is on the screen.
  void show(const std::string& lines);
  /// Waits for a key; `none` when there was none in that time.
  [[nodiscard]] PressedKey key(int timeout_ms);
  /// A signal asked the program to end, or the terminal is gone.
  [[nodiscard]] bool is_over() const;

 private:
  termios before_{};
  bool is_gone_ = false;
};

}  // namespace dialogue::app
