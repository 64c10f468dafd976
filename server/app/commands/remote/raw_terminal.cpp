// See raw_terminal.hpp.
#include "server/app/commands/remote/raw_terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace dialogue::app {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l", kLeave = "\x1b[?25h\x1b[?1049l", kHome = "\x1b[H",
                           kClearBelow = "\x1b[J";
constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t ending = 0;

void note_signal(int) { ending = 1; }

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

bool RawTerminal::is_there() {
  const char* const kind = std::getenv("TERM");
  const bool obeys = kind != nullptr && *kind != '\0' && std::string_view(kind) != "dumb";
  return obeys && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

RawTerminal::RawTerminal() {
  ending = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;  // without SA_RESTART: poll() returns
  for (const int signal : kEnding) ::sigaction(signal, &action, nullptr);
  ::tcgetattr(STDIN_FILENO, &before_);
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;  // it would leave the terminal as it is now
  ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  write_all(kEnter);
}

RawTerminal::~RawTerminal() {
  write_all(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (const int signal : kEnding) ::sigaction(signal, &usual, nullptr);
}

std::pair<std::size_t, std::size_t> RawTerminal::size() const {
  constexpr std::size_t kRows = 24, kColumns = 80;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {kRows, kColumns};
  return {size.ws_row, size.ws_col};
}

void RawTerminal::show(const std::string& lines) {
  std::string text(kHome);
  for (const char c : lines) {
    if (c == '\n') text += "\x1b[K\r";
    text += c;
  }
  write_all(text += kClearBelow);
}

PressedKey RawTerminal::key(int timeout_ms) {
  pollfd waiting{STDIN_FILENO, POLLIN, 0};
  if (::poll(&waiting, 1, timeout_ms) <= 0) return {};
  std::array<char, 8> bytes{};
  const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
  if (count <= 0) {
    is_gone_ = true;
    return {};
  }
  const std::string_view pressed(bytes.data(), static_cast<std::size_t>(count));
  if (pressed == "\x1b[A" || pressed == "\x1bOA") return {TerminalKey::up};
  if (pressed == "\x1b[B" || pressed == "\x1bOB") return {TerminalKey::down};
  if (pressed == "\x1b[C" || pressed == "\x1bOC") return {TerminalKey::right};
  if (pressed == "\x1b[D" || pressed == "\x1bOD") return {TerminalKey::left};
  return pressed[0] == '\x1b' ? PressedKey{} : PressedKey{TerminalKey::character, pressed[0]};
}

bool RawTerminal::is_over() const { return ending != 0 || is_gone_; }

}  // namespace dialogue::app
