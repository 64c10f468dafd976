#include "server/load/report.hpp"

#include <array>
#include <cstdio>
#include <string_view>

#include "shared/json/json_reader.hpp"

namespace dialogue::load {
namespace {

std::string rounded(double value, int digits) {
  std::array<char, 64> text;
  const int size = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(size)};
}

/// 1234567 as 1,234,567.
std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::uint64_t per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<std::uint64_t>(static_cast<double>(count) / seconds + 0.5) : 0;
}

double ratio(std::uint64_t what, std::uint64_t of) { return of == 0 ? 0 : static_cast<double>(what) / static_cast<double>(of); }

std::uint64_t all_deliveries(const Report& report) { return report.deliveries + report.stalled_deliveries; }

/// Signed: a server may give memory back meanwhile.
double idle_kib(const Report& report, const Plan& plan) {
  return (static_cast<double>(report.memory_joined_kib) - static_cast<double>(report.memory_before_kib)) / plan.clients;
}

class Table {
 public:
  void row(std::string_view name, const std::string& value) {
    constexpr std::size_t kNameColumns = 24;
    text_.append("  ").append(name).append(kNameColumns - name.size(), ' ').append(value).append("\n");
  }
  void times(std::string_view name, const Percentiles& times) {
    row(name, "p50 " + grouped(times.p50_us) + "   p99 " + grouped(times.p99_us) + "   max " + grouped(times.max_us) + " µs");
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

class Object {
 public:
  void number(std::string_view name, const std::string& value) {
    text_ += text_.empty() ? "{" : ",";
    append_json_string(text_, name);
    text_.append(":").append(value);
  }
  void number(std::string_view name, std::uint64_t value) { number(name, std::to_string(value)); }
  void string(std::string_view name, std::string_view value) {
    std::string quoted;
    append_json_string(quoted, value);
    number(name, quoted);
  }
  void times(std::string_view name, const Percentiles& times) {
    Object inner;
    inner.number("p50", times.p50_us);
    inner.number("p99", times.p99_us);
    inner.number("max", times.max_us);
    number(name, std::move(inner).text());
  }
  [[nodiscard]] std::string text() && { return text_ + "}"; }

 private:
  std::string text_;
};

}  // namespace

std::string text_of(const Report& report, const Plan& plan) {
  Table table;
  table.row("members", grouped(plan.clients) + " in " + grouped(plan.rooms) + (plan.rooms == 1 ? " room" : " rooms") +
                           ", joined in " + rounded(report.connect_seconds, 2) + " s");
  table.times("connecting, to joined", report.connect);
  const bool has_publications = plan.mode != Mode::idle, is_storm = plan.mode == Mode::storm;
  if (has_publications) {
    // In a storm they were before the time that counts.
    const std::string rate = is_storm ? "" : ", " + grouped(per_second(report.published, report.seconds)) + "/s";
    table.row("publications", grouped(report.published) + rate);
    if (!plan.dialect) table.row("acknowledged", grouped(report.acknowledged));
  }
  if (has_publications && !plan.is_deaf) {
    const std::uint64_t deliveries = all_deliveries(report);
    table.row("deliveries", grouped(deliveries) + ", " + grouped(per_second(deliveries, report.seconds)) + "/s");
    if (is_storm) table.row("all events received after", rounded(report.seconds, 2) + " s");
    table.times(is_storm ? "from connecting" : "latency", report.latency);
    table.row("lost", grouped(report.lost + report.stalled_lost));
    table.row("doubled", grouped(report.doubled));
    table.row("disordered", grouped(report.disordered));
  }
  if (plan.stalled != 0) table.row("of the stalled, lost", grouped(report.stalled_lost));
  if (report.refused != 0) table.row("refused", grouped(report.refused) + ", the first: " + report.first_refusal);
  if (report.withheld != 0) table.row("not sent in time", grouped(report.withheld) + ": too many unanswered");
  if (report.reconnects != 0) table.row("connections lost", grouped(report.reconnects));
  if (report.is_watched) {
    if (all_deliveries(report) != 0)
      table.row("server CPU", rounded(ratio(report.cpu_us, all_deliveries(report)), 2) + " µs a delivery");
    table.row("server CPU, joining", rounded(ratio(report.connect_cpu_us, plan.clients), 1) + " µs a member");
    if (plan.mode != Mode::storm) table.row("server memory, joined", rounded(idle_kib(report, plan), 2) + " KiB a member");
  }
  return std::move(table).text();
}

std::string json_of(const Report& report, const Plan& plan) {
  Object object;
  object.string("target", plan.target.authority);
  object.number("clients", plan.clients);
  object.number("rooms", plan.rooms);
  object.number("connectSeconds", rounded(report.connect_seconds, 3));
  object.times("connectUs", report.connect);
  object.number("seconds", rounded(report.seconds, 3));
  object.number("published", report.published);
  object.number("acknowledged", report.acknowledged);
  object.number("refused", report.refused);
  object.number("withheld", report.withheld);
  object.number("deliveries", all_deliveries(report));
  object.number("deliveriesPerSecond", per_second(all_deliveries(report), report.seconds));
  object.number("acknowledgedPerSecond", per_second(report.acknowledged, report.seconds));
  object.times("latencyUs", report.latency);
  object.number("lost", report.lost + report.stalled_lost);
  object.number("lostByStalled", report.stalled_lost);
  object.number("doubled", report.doubled);
  object.number("disordered", report.disordered);
  object.number("reconnects", report.reconnects);
  if (report.is_watched) {
    Object server;
    server.number("cpuUs", report.cpu_us);
    server.number("cpuUsPerDelivery", rounded(ratio(report.cpu_us, all_deliveries(report)), 4));
    server.number("cpuUsPerPublication", rounded(ratio(report.cpu_us, report.published), 4));
    server.number("cpuUsPerMember", rounded(ratio(report.connect_cpu_us, plan.clients), 3));
    server.number("kibPerMember", rounded(idle_kib(report, plan), 3));
    server.number("memoryBeforeKib", report.memory_before_kib);
    server.number("memoryJoinedKib", report.memory_joined_kib);
    server.number("memoryAfterKib", report.memory_after_kib);
    object.number("server", std::move(server).text());
  }
  return std::move(object).text();
}

}  // namespace dialogue::load
