// See forwarded_head.hpp.
#include "server/proxy/forwarded_head.hpp"

#include <algorithm>

#include "shared/base/lower_case.hpp"

namespace dialogue::proxy {
namespace {

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The client's address, scheme and host, for the backend.
std::string asker_fields(const std::vector<std::pair<std::string, std::string>>& given, const Asker& asker,
                         std::string_view host) {
  std::string before;
  for (const auto& [name, value] : given)
    if (asker.is_by_proxy && name == "x-forwarded-for") before += value + ", ";
  const std::string node = asker.address.find(':') == std::string::npos ? asker.address : "\"[" + asker.address + "]\"";
  std::string fields =
      "X-Forwarded-For: " + before + asker.address + "\r\nX-Forwarded-Proto: " + std::string(asker.scheme) + "\r\n";
  if (!host.empty()) fields.append("X-Forwarded-Host: ").append(host).append("\r\n");
  return fields.append("Forwarded: for=").append(node).append(";proto=").append(asker.scheme).append("\r\n");
}

}  // namespace

std::vector<std::string> hop_by_hop_names(const std::vector<std::string>& connection_values) {
  std::vector<std::string> names = {
      "connection",        "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
      "transfer-encoding", "trailer",    "upgrade"};
  for (const std::string& value : connection_values) {
    std::string_view rest = value;
    while (!rest.empty()) {
      std::string_view name = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), name.size() + 1));
      name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
      name = name.substr(0, name.find_last_not_of(" \t") + 1);
      if (!name.empty()) names.push_back(lower_case(name));
    }
  }
  return names;
}

std::string forwarded_request(const http::RequestHeader& header, const Asker& asker, std::string_view framing) {
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::string> connection;
  for (const auto& field : header) {
    fields.emplace_back(lower_case({field.name_string().data(), field.name_string().size()}),
                        std::string(field.value().data(), field.value().size()));
    if (fields.back().first == "connection") connection.push_back(fields.back().second);
  }
  std::vector<std::string> dropped = hop_by_hop_names(connection);
  for (const char* name : {"content-length", "expect", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"})
    dropped.emplace_back(name);
  std::string text(header.method_string().data(), header.method_string().size());
  text.append(" ").append(header.target().data(), header.target().size()).append(" HTTP/1.1\r\n");
  std::string host;
  for (const auto& [name, value] : fields) {
    if (name == "host") host = value;
    if (!is_one_of(dropped, name)) text.append(name).append(": ").append(value).append("\r\n");
  }
  if (host.empty()) text.append("host: localhost\r\n");  // HTTP/1.0 need not name it
  return text.append(asker_fields(fields, asker, host)).append(framing).append("\r\n");
}

Fields forwarded_fields(const Fields& fields) {
  std::vector<std::string> connection;
  for (const auto& [name, value] : fields)
    if (lower_case(name) == "connection") connection.push_back(value);
  std::vector<std::string> dropped = hop_by_hop_names(connection);
  for (const char* name : {"content-length", "date", "x-content-type-options"}) dropped.emplace_back(name);
  Fields kept;
  for (const auto& each : fields)
    if (!is_one_of(dropped, lower_case(each.first))) kept.push_back(each);
  return kept;
}

}  // namespace dialogue::proxy
