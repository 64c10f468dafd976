// See shell_command.hpp. Output is flushed before each wait, so that every line is in a pipe immediately.
#include "server/shell/shell_command.hpp"

#include <algorithm>

#include "server/load/wire/clock.hpp"
#include "shared/base/printable.hpp"
#include "shared/json/json_member.hpp"

namespace dialogue::shell {

ShellCommand::ShellCommand(const ConnectOptions& connect, Streams streams, std::uint64_t patience_ms)
    : connect_(connect),
      streams_(streams),
      reactor_(streams.output),
      session_(connect, *this, reactor_),
      patience_ms_(patience_ms),
      progress_ms_(load::clock_us() / 1000) {}

int ShellCommand::run() {
  begin();
  session_.turn();
  while (!is_over_) {
    streams_.out.flush();
    if (!streams_.out || reactor_.is_output_closed()) finish(unread());
    if (is_over_) break;
    const std::uint64_t patient_until_ms = patience_ms_ == 0 ? client::kNever : progress_ms_ + patience_ms_;
    if (reactor_.wait(session_.context(), input(), std::min(session_.deadline_ms(), patient_until_ms)) && !is_over_) on_input();
    session_.turn();
    if (is_over_) break;
    if (reactor_.signal() != 0) finish(interrupted());
    if (session_.context().now_us / 1000 >= patient_until_ms)
      fail((waits_for_ == ErrorCode::ok ? "the server did not answer" : refusal_text(waits_for_, {}) + " No answer") + " for " +
           std::to_string(patience_ms_ / 1000) + " s");
  }
  session_.close();
  streams_.out.flush();
  return code_;
}

void ShellCommand::left(ErrorCode why) { fail("the membership has ended: " + std::string(error_name(why))); }

void ShellCommand::waiting(ErrorCode why) {
  if (patience_ms_ == 0 && why != ErrorCode::ok && why != waits_for_) warn(refusal_text(why, {}) + " Retrying");
  waits_for_ = why;
}

void ShellCommand::lost(const std::string& why) {
  if (!session_.was_welcomed()) return fail("no connection: " + why);
  warn("the connection was lost (" + why + "); reconnecting");
}

void ShellCommand::finish(int code) {
  if (is_over_) return;
  is_over_ = true;
  code_ = code;
}

void ShellCommand::fail(const std::string& why) {
  if (is_over_) return;
  streams_.out.flush();
  streams_.err << "dialogue: " << connect_.url.text << ": " << printable(why) << std::endl;
  finish(kRefused);
}

void ShellCommand::warn(const std::string& what) {
  streams_.out.flush();
  streams_.err << "dialogue: " << printable(what) << std::endl;
}

void ShellCommand::note_progress() { progress_ms_ = load::clock_us() / 1000; }

std::string refusal_text(ErrorCode code, std::string_view object) {
  const std::string path = json_text_member(object, "path"), message = json_text_member(object, "message");
  return std::string(error_name(code)) + ":" + (path.empty() ? "" : " " + path) + " " +
         (message.empty() ? std::string(error_row(code).message) : message);
}

}  // namespace dialogue::shell
