// The flat C ABI between a server in WebAssembly and js/src/testing/server_module.ts: numbers and byte ranges only.
//
// Conventions: one server per instance of the module. Times are doubles, in milliseconds. Texts go in through a buffer that
// input() gives, and come out as a range of memory, valid until the next call. Any call may grow the memory.
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server-wasm/core/app.hpp"
#include "server-wasm/core/page_server.hpp"

#define DIALOGUE_EXPORT(name) extern "C" __attribute__((export_name(#name), used))

namespace {

using namespace dialogue;
using page_server::PageServer;

constexpr double kExactMax = 9007199254740991.0;

/// What is read from JavaScript by `area`, in this order.
struct Area {
  std::uint32_t kind = 0, target = 0, code = 0, text = 0, text_bytes = 0;
};

struct Instance {
  std::unique_ptr<PageServer> server;
  std::vector<char> input;
  std::string text;
  Area area;

  [[nodiscard]] std::string_view input_text(std::uint32_t bytes) const { return {input.data(), bytes}; }
  void show(std::string_view shown) {
    area.text = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(shown.data()));
    area.text_bytes = static_cast<std::uint32_t>(shown.size());
  }
};

Instance& self() {
  static Instance instance;
  return instance;
}

std::uint64_t integer(double number) { return number > 0 && number <= kExactMax ? static_cast<std::uint64_t>(number) : 0; }

core::Time time_of(double monotonic_ms, double unix_ms) { return {integer(monotonic_ms), integer(unix_ms)}; }

}  // namespace

/// Memory for the text of the next call, of so many bytes.
DIALOGUE_EXPORT(input) char* input(std::uint32_t bytes) {
  self().input.resize(bytes + 1);
  return self().input.data();
}

/// Five numbers of 32 bits: kind, target, code, and where the text is and how long.
DIALOGUE_EXPORT(area) const std::uint32_t* area() { return &self().area.kind; }

/// Creates the server; called once, before all else. The input is an app.json. Returns false if it is invalid; the text is the
/// error.
DIALOGUE_EXPORT(create) bool create(std::uint32_t bytes, double seed, double monotonic_ms, double unix_ms) {
  auto config = page_server::config_of(self().input_text(bytes));
  if (auto* problems = std::get_if<std::string>(&config)) {
    self().text = std::move(*problems);
    self().show(self().text);
    return false;
  }
  auto& made = std::get<std::unique_ptr<core::ShardConfig>>(config);
  self().server = std::make_unique<PageServer>(std::move(made), integer(seed), time_of(monotonic_ms, unix_ms));
  return true;
}

/// Sets by how many milliseconds the store's later answers are delayed.
DIALOGUE_EXPORT(set_commit_ms) void set_commit_ms(double ms) { self().server->set_commit_ms(integer(ms)); }

/// Joins each later connection to a room. The input is the room's id.
DIALOGUE_EXPORT(join_on_connect) void join_on_connect(std::uint32_t bytes) {
  self().server->join_on_connect(std::string(self().input_text(bytes)));
}

/// Sets the time.
DIALOGUE_EXPORT(set_time) void set_time(double monotonic_ms, double unix_ms) {
  self().server->set_time(time_of(monotonic_ms, unix_ms));
}

DIALOGUE_EXPORT(open) std::uint32_t open_connection() { return self().server->open(); }

/// The input is one text message.
DIALOGUE_EXPORT(receive) void receive(std::uint32_t from, std::uint32_t bytes) {
  self().server->receive(from, {self().input.data(), bytes});
}

DIALOGUE_EXPORT(violate) void violate(std::uint32_t from, std::uint32_t reason) {
  self().server->violate(from, static_cast<ErrorCode>(reason));
}

DIALOGUE_EXPORT(pong) void pong(std::uint32_t from) { self().server->pong(from); }

DIALOGUE_EXPORT(backlog) void backlog(std::uint32_t from, double queued_bytes, double stalled_ms) {
  self().server->backlog(from, static_cast<std::size_t>(integer(queued_bytes)), integer(stalled_ms));
}

DIALOGUE_EXPORT(close) void close_connection(std::uint32_t from, bool in_order) { self().server->close(from, in_order); }

/// The input is a call as call_text.hpp has it.
DIALOGUE_EXPORT(call) void call(std::uint32_t number, std::uint32_t bytes) {
  self().server->call(number, self().input_text(bytes));
}

/// Returns when the next deadline is, by the monotonic clock.
DIALOGUE_EXPORT(tick) double tick() {
  self().server->tick();
  const std::uint64_t due = self().server->due_ms();
  return due == core::kNever ? INFINITY : static_cast<double>(due);
}

DIALOGUE_EXPORT(crash) void crash() { self().server->crash(); }
DIALOGUE_EXPORT(start) void start() { self().server->start(); }

/// Takes the next output into the area; false: there is none.
DIALOGUE_EXPORT(next) bool next() {
  const page_server::Output* const output = self().server->next();
  if (output == nullptr) return false;
  self().area.kind = static_cast<std::uint32_t>(output->kind);
  self().area.target = output->target;
  self().area.code = output->code;
  self().show(output->text ? std::string_view(*output->text) : std::string_view());
  return true;
}
