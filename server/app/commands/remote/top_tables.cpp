// See top_tables.hpp.
#include "server/app/commands/remote/top_tables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

#include "server/app/commands/remote/json_member.hpp"

namespace dialogue::app {
namespace {

using Cells = std::vector<std::string>;
constexpr std::uint64_t kMsPerSecond = 1000;

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double decimal_of(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits = {" B", " KiB", " MiB", " GiB"};
  constexpr std::uint64_t kStep = 1024, kLeast = 10 * kStep;
  std::size_t unit = 0;
  for (; bytes >= kLeast && unit + 1 < kUnits.size(); ++unit) bytes /= kStep;
  return std::to_string(bytes) + kUnits.at(unit);
}

std::string tenths(double value) {
  char text[32];
  const auto [end, fault] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, value < 100 ? 1 : 0);
  return fault == std::errc() ? std::string(text, end) : "?";
}

std::string time_text(std::uint64_t unix_ms) {
  const auto seconds = static_cast<std::time_t>(unix_ms / kMsPerSecond);
  std::tm parts{};
  char text[32];
  if (unix_ms == 0 || gmtime_r(&seconds, &parts) == nullptr) return "-";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &parts)};
}

std::string duration_text(std::uint64_t ms) {
  constexpr std::uint64_t kMinute = 60, kHour = 3600, kDay = 86'400;
  const std::uint64_t s = ms / kMsPerSecond;
  if (s >= kDay) return std::to_string(s / kDay) + "d " + std::to_string(s % kDay / kHour) + "h";
  if (s >= kHour) return std::to_string(s / kHour) + "h " + std::to_string(s % kHour / kMinute) + "m";
  if (s >= kMinute) return std::to_string(s / kMinute) + "m " + std::to_string(s % kMinute) + "s";
  return std::to_string(s) + "s";
}

std::string bars_of(std::string_view series) {
  constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  constexpr std::size_t kColumns = 60;
  std::vector<std::string> items = json_items(series);
  if (items.size() > kColumns) items.erase(items.begin(), items.end() - kColumns);
  double most = 0;
  for (const std::string& item : items) most = std::max(most, decimal_of(item));
  std::string bars;
  for (const std::string& item : items) {
    const double share = most > 0 ? decimal_of(item) / most : 0;
    bars += kBars.at(std::min(kBars.size() - 1, static_cast<std::size_t>(share * static_cast<double>(kBars.size()))));
  }
  return bars;
}

/// Columns as wide as their widest cell; those of figures are set to the right.
std::vector<std::string> aligned(std::vector<Cells> rows, std::string_view right, std::size_t columns_max) {
  for (Cells& row : rows)
    for (std::string& cell : row)
      if (width_of(cell) > columns_max) cell = cut_to(cell, columns_max - 1) + "…";
  std::vector<std::size_t> widths(rows.front().size());
  for (const Cells& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::vector<std::string> lines;
  for (const Cells& row : rows) {
    std::string& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - width_of(row[i]), ' ');
      const bool is_last = i + 1 == row.size();
      line += right[i] == 'r' ? blanks + row[i] : row[i] + (is_last ? "" : blanks);
      if (!is_last) line += "  ";
    }
  }
  return lines;
}

std::vector<std::string> connection_lines(std::string_view answer, std::size_t columns_max) {
  std::vector<Cells> rows = {{"BEHIND", "LAG", "QUEUED", "ROOMS", "USER", "TRANSPORT", "PEER", "SINCE", "CONNECTION"}};
  for (const std::string& row : json_items(json_member(answer, "connections"))) {
    const auto shown = [&row](std::string_view name) { return shown_member(row, name); };
    rows.push_back({shown("behind"), shown("lagging") == "true" ? "yes" : "-", bytes_text(number_of(shown("queuedBytes"))),
                    shown("rooms"), shown("user"), shown("transport"), shown("peer"), time_text(number_of(shown("since"))),
                    shown("id")});
  }
  return aligned(std::move(rows), "rlrrlllll", columns_max);
}

std::vector<std::string> event_lines(std::string_view answer, std::size_t columns_max) {
  std::vector<Cells> rows = {{"EVENTS/S", "TOTAL", "EVENT", "ROOM"}};
  for (const std::string& row : json_items(json_member(answer, "events")))
    rows.push_back({tenths(decimal_of(shown_member(row, "perSecond"))), shown_member(row, "total"), shown_member(row, "event"),
                    shown_member(row, "room")});
  std::vector<std::string> lines = aligned(rows, "rrll", columns_max);
  lines.emplace_back();
  rows = {{"EVENTS/S", "MEMBERS", "ROOM"}};
  for (const std::string& row : json_items(json_member(answer, "rooms")))
    rows.push_back({tenths(decimal_of(shown_member(row, "perSecond"))), shown_member(row, "size"), shown_member(row, "room")});
  for (std::string& line : aligned(std::move(rows), "rrl", columns_max)) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> refusal_lines(std::string_view answer, std::size_t columns_max) {
  const auto or_dash = [](std::string text) { return text.empty() ? std::string("-") : text; };
  std::vector<Cells> rows = {{"COUNT", "CODE", "REQUEST", "EVENT", "ROOM", "PATH", "LAST"}};
  for (const std::string& row : json_items(json_member(answer, "refusals")))
    rows.push_back({shown_member(row, "count"), shown_member(row, "code"), shown_member(row, "request"),
                    or_dash(shown_member(row, "event")), or_dash(shown_member(row, "room")), or_dash(shown_member(row, "path")),
                    time_text(number_of(shown_member(row, "last")))});
  return aligned(std::move(rows), "rllllll", columns_max);
}

std::string cluster_line(std::string_view cluster) {
  const std::string store = json_member(cluster, "store"), log = json_member(cluster, "log");
  std::string line = "nodes " + std::to_string(json_items(json_member(cluster, "nodes")).size());
  line += "   lease " + shown_member(json_member(cluster, "lease"), "state");
  line += "   cluster store " + shown_member(store, "state") + ", " + shown_member(store, "answerMs") + " ms";
  if (const std::string bus = json_member(cluster, "bus"); !bus.empty()) line += "   bus " + shown_member(bus, "state");
  return line + "   cluster log " + shown_member(log, "lagEntries") + " entries, " + shown_member(log, "lagMs") + " ms behind";
}

}  // namespace

std::vector<std::string> node_lines(std::string_view overview, std::size_t columns_max) {
  const std::string cluster = json_member(overview, "cluster");
  if (cluster.empty()) return {"One node: the server was started without --cluster."};
  std::vector<Cells> rows = {{"NODE", "ADDRESS", "VERSION", "ROOMS", "MEMBERS", "SILENT", "LEASE", "STARTED"}};
  for (const std::string& row : json_items(json_member(cluster, "nodes"))) {
    const auto shown = [&row](std::string_view name) { return shown_member(row, name); };
    rows.push_back({shown("id") + (shown("self") == "true" ? " *" : ""), shown("address").empty() ? "-" : shown("address"),
                    shown("version"), shown("rooms"), shown("members"), shown("silentMs") + " ms", shown("leaseLeftMs") + " ms",
                    time_text(number_of(shown("startedAt")))});
  }
  return aligned(std::move(rows), "lllrrrrl", columns_max);
}

std::vector<std::string> overview_lines(std::string_view overview, bool has_bars) {
  const std::string verdict = json_member(overview, "verdict"), numbers = json_member(overview, "numbers"),
                    server = json_member(overview, "server"), series = json_member(json_member(overview, "samples"), "series");
  const auto figure = [&numbers](std::string_view name) { return shown_member(numbers, name); };
  const auto rate = [&](std::string_view name) { return tenths(decimal_of(figure(name))) + "/s"; };
  std::vector<std::string> lines;
  lines.push_back(shown_member(verdict, "level") + ": " + shown_member(verdict, "sentence"));
  const std::string limit = figure("memoryLimitBytes");
  lines.push_back("dialogue " + shown_member(server, "version") + ", up " +
                  duration_text(number_of(shown_member(server, "uptimeMs"))) + "   memory " +
                  bytes_text(number_of(figure("memoryBytes"))) + (limit.empty() ? "" : " of " + bytes_text(number_of(limit))));
  lines.push_back("connections " + figure("connections") + "   users " + figure("users") + "   rooms " + figure("rooms") +
                  "   events " + rate("eventsPerSecond") + "   deliveries " + rate("deliveriesPerSecond") + "   refusals " +
                  rate("refusalsPerSecond") + "   lagging " + figure("lagging"));
  if (const std::string cluster = json_member(overview, "cluster"); !cluster.empty()) lines.push_back(cluster_line(cluster));
  if (!has_bars) return lines;
  lines.push_back("events     " + bars_of(json_member(series, "events")));
  lines.push_back("deliveries " + bars_of(json_member(series, "deliveries")));
  return lines;
}

std::vector<std::string> table_lines(TopTable table, std::string_view answer, std::size_t columns_max) {
  if (table == TopTable::events) return event_lines(answer, columns_max);
  if (table == TopTable::nodes) return node_lines(answer, columns_max);
  return table == TopTable::refusals ? refusal_lines(answer, columns_max) : connection_lines(answer, columns_max);
}

std::string cut_to(std::string_view line, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t column = 0; end < line.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(line[end]) & 0xC0U) != 0x80U;
    if (begins && column++ == columns) break;
  }
  return std::string(line.substr(0, end));
}

}  // namespace dialogue::app
