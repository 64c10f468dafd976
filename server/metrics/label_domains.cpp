// See label_domains.hpp. A value that nothing has (a frame type's gap, a pair that no definition names) has no labels.
#include "server/metrics/label_domains.hpp"

#include "shared/protocol/frames.hpp"

namespace dialogue::metrics {
namespace {

constexpr std::string_view kOther = "other";

DomainLabels one(Domain domain, std::string_view value) { return {Label{domain_row(domain).labels[0], value}, Label{}}; }

DomainLabels two(Domain domain, std::string_view first, std::string_view second) {
  const auto& labels = domain_row(domain).labels;
  return {Label{labels[0], first}, Label{labels[1], second}};
}

DomainLabels pair_at(Domain domain, const std::vector<std::pair<std::string, std::string>>& named, std::size_t index) {
  if (index + 1 == size_of(domain)) return two(domain, kOther, kOther);
  return index < named.size() ? two(domain, named[index].first, named[index].second) : DomainLabels{};
}

DomainLabels room_at(const std::vector<std::string>& rooms, std::size_t index) {
  if (index == kRoomSeriesMax) return one(Domain::room, kOther);
  return index < rooms.size() ? one(Domain::room, rooms[index]) : DomainLabels{};
}

DomainLabels ending_at(std::size_t index) {
  if (index == kEndedByClient) return two(Domain::ending, "client", "closed");
  if (index == kEndedByNetwork) return two(Domain::ending, "network", "connection_lost");
  return two(Domain::ending, "server", kErrors.at(index).name);
}

DomainLabels frame_at(std::size_t type) {
  for (const FrameShape& shape : kFrameShapes)
    if (static_cast<std::size_t>(shape.type) == type) return one(Domain::frame, shape.name);
  return {};
}

DomainLabels recovery_at(std::size_t index) {
  return two(Domain::recovery, index == 0 ? "recovered" : "lost", kRecoveryReasons.at(index));
}

DomainLabels turned_away_at(std::size_t index) {
  const bool is_http = index >= kErrors.size();
  return one(Domain::turned_away, is_http ? kHttpRefusals.at(index - kErrors.size()) : kErrors.at(index).name);
}

}  // namespace

DomainLabels labels_of(Domain domain, std::size_t index, const MetricNames& names) {
  const DomainRow& row = domain_row(domain);
  if (row.values != nullptr) return one(domain, row.values[index]);
  switch (domain) {
    case Domain::transport:
      return one(domain, kTransports.at(index).name);
    case Domain::frame:
      return frame_at(index);
    case Domain::ending:
      return ending_at(index);
    case Domain::refusal:
      return two(domain, kErrors.at(index).name, is_servers_fault(kErrors.at(index).code) ? "server" : "client");
    case Domain::turned_away:
      return turned_away_at(index);
    case Domain::room:
      return room_at(names.rooms, index);
    case Domain::pair:
      return pair_at(domain, names.pairs, index);
    case Domain::endpoint:
      return pair_at(domain, names.endpoints, index);
    case Domain::recovery:
      return recovery_at(index);
    default:
      return one(domain, names.version);
  }
}

}  // namespace dialogue::metrics
