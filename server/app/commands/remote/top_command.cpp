// `dialogue top [URL]`: what a server does, in a terminal: the tables of the dashboard.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "server/app/commands/remote/json_member.hpp"
#include "server/app/commands/remote/raw_terminal.hpp"
#include "server/app/commands/remote/server_question.hpp"
#include "server/app/commands/remote/top_tables.hpp"
#include "server/app/process/program.hpp"
#include "shared/base/printable.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::app {
namespace {

constexpr int kWaitsMax = 3;  ///< where no other look follows
constexpr std::uint64_t kWaitMaxMs = 60'000;
constexpr std::uint64_t kIntervalMinMs = 500, kIntervalMaxMs = 60'000;
constexpr std::size_t kCellColumnsMax = 32;  ///< of a terminal: guests, addresses and connections in full
constexpr const char* kKeys = "c connections e events r refusals n nodes  by l lag b bytes a age o rooms q quit";

constexpr const char* kOverview = "/overview";

struct TopOptions {
  std::string url, key_variable, sort = "lag";
  std::uint64_t interval_ms = 1000, rows = 20;
  bool is_once = false, is_json = false;
};

/// One look at the server.
class Top {
 public:
  Top(Program& program, const TopOptions& options)
      : url_(options.url.empty() ? default_server_url(program.environment) : options.url),
        key_(key_of(program.environment, options.key_variable)),
        sort_(options.sort),
        rows_(options.rows),
        waits_max_(options.is_once || options.is_json ? kWaitsMax : 0) {}

  /// The answer's body, or nothing: then fault() says why.
  [[nodiscard]] std::string ask(const std::string& path) {
    for (int left = waits_max_;; --left) {
      ServerQuestion question{url_, "/api/v1" + path, key_};
      if (path == kOverview) question.member = "verdict";
      const ServerAnswer answer = ask_server(question);
      fault_.clear();
      if (answer.status == kHttpOk) return answer.body;
      fault_ = fault_of(url_, answer);
      if (answer.status != kHttpTooMany || left == 0) return {};
      const auto wait_ms = std::strtoull(json_member(answer.body, "retryAfterMs").c_str(), nullptr, 10);
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min<std::uint64_t>(wait_ms, kWaitMaxMs)));
    }
  }
  [[nodiscard]] std::string ask(TopTable table) {
    if (table == TopTable::events) return ask("/top");
    if (table == TopTable::refusals) return ask("/refusals");
    return ask("/connections?sort=" + sort_ + "&limit=" + std::to_string(rows_));
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }
  void sort_by(std::string sort) { sort_ = std::move(sort); }
  [[nodiscard]] const std::string& sort() const { return sort_; }

 private:
  std::string url_, key_, sort_, fault_;
  std::uint64_t rows_;
  int waits_max_;  ///< for a question that is refused by the rate limit
};

bool print_json(Program& program, Top& top) {
  JsonText all;
  constexpr std::array<std::pair<const char*, const char*>, 3> kParts = {
      std::pair{"overview", kOverview}, {"top", "/top"}, {"refusals", "/refusals"}};
  for (const auto& [name, path] : kParts) {
    const std::string answer = top.ask(path);
    if (answer.empty()) return false;
    all.raw(name, answer);
  }
  const std::string connections = top.ask(TopTable::connections);
  if (connections.empty()) return false;
  program.out << printable_json(all.raw("connections", connections).take()) << std::endl;
  return true;
}

bool print_text(Program& program, Top& top) {
  const std::string overview = top.ask(kOverview);
  if (overview.empty()) return false;
  for (const std::string& line : overview_lines(overview, false)) program.out << line << "\n";
  program.out << "\n";
  for (const std::string& line : node_lines(overview)) program.out << line << "\n";
  for (const TopTable table : {TopTable::connections, TopTable::events, TopTable::refusals}) {
    const std::string answer = top.ask(table);
    if (answer.empty()) return false;
    program.out << "\n";
    for (const std::string& line : table_lines(table, answer)) program.out << line << "\n";
  }
  program.out.flush();
  return true;
}

/// What the keys have chosen.
struct View {
  TopTable table = TopTable::connections;
  std::size_t first = 0;  ///< row
  bool ends = false;
};

void press(const PressedKey& pressed, View& view, Top& top) {
  constexpr int kTables = 4;
  const auto turn = [&view](int by) {
    view.table = static_cast<TopTable>((static_cast<int>(view.table) + by + kTables) % kTables);
    view.first = 0;
  };
  if (pressed.key == TerminalKey::left) turn(-1);
  if (pressed.key == TerminalKey::right) turn(1);
  if (pressed.key == TerminalKey::down) ++view.first;
  if (pressed.key == TerminalKey::up && view.first > 0) --view.first;
  const auto choose = [&](TopTable table) {
    view.table = table;
    view.first = 0;
  };
  const auto sort = [&](const char* by) {
    top.sort_by(by);
    choose(TopTable::connections);
  };
  switch (pressed.character) {
    case 'q':
      view.ends = true;
      break;
    case 'c':
      return choose(TopTable::connections);
    case 'e':
      return choose(TopTable::events);
    case 'r':
      return choose(TopTable::refusals);
    case 'n':
      return choose(TopTable::nodes);
    case 'l':
      return sort("lag");
    case 'b':
      return sort("queued");
    case 'a':
      return sort("age");
    case 'o':
      return sort("rooms");
    default:
      break;
  }
}

std::string screen_text(const std::vector<std::string>& head, const std::vector<std::string>& table, View& view,
                        std::pair<std::size_t, std::size_t> size) {
  std::vector<std::string> lines = head;
  lines.emplace_back();
  if (!table.empty()) {
    view.first = std::min(view.first, table.size() - 1);
    lines.push_back(table.front());
    for (std::size_t i = 1 + view.first; i < table.size(); ++i) lines.push_back(table[i]);
  }
  const std::size_t rows = size.first > 1 ? size.first - 1 : 1;
  lines.resize(rows);
  lines.emplace_back(kKeys);
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + cut_to(line, size.second);
  return text;
}

/// Until a key or a signal ends it. The server is asked once in each interval, however many keys are pressed.
void watch(Top& top, std::uint64_t interval_ms) {
  using Clock = std::chrono::steady_clock;
  RawTerminal terminal;
  View view;
  std::vector<std::string> head, table;
  auto due = Clock::now();
  while (!view.ends && !terminal.is_over()) {
    if (Clock::now() >= due) {
      const std::string overview = top.ask(kOverview);
      const bool is_asked = !overview.empty() && view.table != TopTable::nodes;
      const std::string answer = is_asked ? top.ask(view.table) : overview;
      if (!answer.empty()) {
        head = overview_lines(overview, true);
        table = table_lines(view.table, answer, kCellColumnsMax);
      } else {
        head = {top.fault()};
        table.clear();
      }
      due = Clock::now() + std::chrono::milliseconds(interval_ms);
    }
    terminal.show(screen_text(head, table, view, terminal.size()));
    const TopTable before = view.table;
    const std::string sort = top.sort();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count();
    press(terminal.key(static_cast<int>(std::max<long>(left, 0))), view, top);
    if (view.table != before || top.sort() != sort) table = {"..."};
  }
}

void run_top(Program& program, const TopOptions& options) {
  Top top(program, options);
  if (!options.is_once && !options.is_json && RawTerminal::is_there()) return watch(top, options.interval_ms);
  if (options.is_json ? print_json(program, top) : print_text(program, top)) return;
  program.err << top.fault() << "\n";
  program.exit_code = kExitRefused;
}

}  // namespace

void add_top_command(CLI::App& app, Program& program) {
  CLI::App* command =
      app.add_subcommand("top",
                         "Shows the activity of a server: its state, the most lagging connections, the busiest events and rooms, "
                         "and rejected requests. If the output is not a terminal, it is printed once, as text.");
  auto options = std::make_shared<TopOptions>();
  command->add_option("url", options->url,
                      "The server: http://HOST:PORT, https://HOST, or unix:PATH of --admin-listen. Default: the address of "
                      "DIALOGUE_LISTEN, or this machine at port 8080.");
  command->add_option("--key-env", options->key_variable, "The environment variable with an API key that has the scope observe.")
      ->type_name("NAME");
  command->add_option("--sort", options->sort, "Of connections; lag.")->check(CLI::IsMember({"lag", "queued", "age", "rooms"}));
  command->add_option("--rows", options->rows, "Connections to show; 20.")->check(CLI::Range(1, 50));
  command->add_option("--interval", options->interval_ms, "Milliseconds between two updates; 1000.")
      ->check(CLI::Range(kIntervalMinMs, kIntervalMaxMs));
  command->add_flag("--once", options->is_once, "Print everything once, as text.");
  command->add_flag("--json", options->is_json, "Print everything once, as one JSON object.");
  command->callback([&program, options] { run_top(program, *options); });
}

}  // namespace dialogue::app
