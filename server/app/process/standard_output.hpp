// Standard output of the process, and whether all output of commands could be written. A full disk is a failure of any command.
// A closed reader, such as `head`, is not: the command completes its other work.
#pragma once
#include <iosfwd>
#include <streambuf>
#include <string>

namespace dialogue::app {

/// What std::cout writes to as long as it lives. SIGPIPE becomes an error of write(). One at a time; used by one thread.
class StandardOutput final : std::streambuf {
 public:
  StandardOutput();
  ~StandardOutput() override;
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// Writes out what waits. The exit code of a command that ended with `exit_code`: where its output is not complete, 1, and
  /// `err` says why.
  [[nodiscard]] int finish(int exit_code, std::ostream& err);

 private:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;
  void note_fault();

  std::streambuf* const before_;
  int fault_ = 0;  ///< errno of the first write that failed
};

}  // namespace dialogue::app
