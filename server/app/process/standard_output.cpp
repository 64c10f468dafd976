// Through stdio, as std::cout without this, so that its order with lines of the log and with printf stays.
#include "server/app/process/standard_output.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "server/app/process/program.hpp"

namespace dialogue::app {

StandardOutput::StandardOutput() : before_(std::cout.rdbuf(this)) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file at its limit is a full disk
}

StandardOutput::~StandardOutput() { std::cout.rdbuf(before_); }

int StandardOutput::finish(int exit_code, std::ostream& err) {
  (void)sync();
  if (fault_ == 0 || fault_ == EPIPE) return exit_code;
  err << "dialogue: cannot write to standard output: " << std::strerror(fault_) << std::endl;
  return exit_code == kExitDone ? kExitRefused : exit_code;
}

StandardOutput::int_type StandardOutput::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof())) return traits_type::not_eof(character);
  if (std::putc(character, stdout) != EOF) return character;
  note_fault();
  return traits_type::eof();
}

std::streamsize StandardOutput::xsputn(const char* text, std::streamsize size) {
  const std::size_t written = std::fwrite(text, 1, static_cast<std::size_t>(size), stdout);
  if (written != static_cast<std::size_t>(size)) note_fault();
  return static_cast<std::streamsize>(written);
}

int StandardOutput::sync() {
  if (std::fflush(stdout) == 0) return 0;
  note_fault();
  return -1;
}

void StandardOutput::note_fault() {
  if (fault_ == 0) fault_ = errno == 0 ? EIO : errno;
}

}  // namespace dialogue::app
