// Pages of sorted lists: `limit` and `after` of a request, and the link to the next page. One entry more than the page holds is
// queried, to detect whether more follow. A plain value. Also adds the nodes that did not answer to an answer.
#pragma once
#include <string>
#include <vector>

#include "server/api/api_call.hpp"
#include "shared/base/limits.hpp"
#include "shared/json/json_text.hpp"

namespace dialogue::api {

struct ListedPage {
  std::string path;  ///< of the list, below kApiPath, as it stands in a URL
  std::string after;
  std::uint64_t limit = kListEntriesUsual;

  [[nodiscard]] core::PageRange range() const { return {after, limit + 1}; }

  /// Cuts the entries that were found down to the page. Returns the URL of the next page, or an empty text if this is the last.
  template <typename Entry>
  [[nodiscard]] std::string next(std::vector<Entry>& found, std::string Entry::*key) const {
    if (found.size() <= limit) return {};
    found.resize(limit);
    return std::string(kApiPath) + path + "?limit=" + std::to_string(limit) + "&after=" + query_encoded(found.back().*key);
  }
};

/// Returns the page that a request for a list asks for. Its route must have the parameters `limit` and `after`.
[[nodiscard]] inline ListedPage page_asked(const ApiCall& call) {
  const ApiQuery& query = call.request.query;
  std::string path(call.request.route->path);
  if (const auto open = path.find('{'); open != std::string::npos)
    path.replace(open, path.find('}') + 1 - open, query_encoded(call.request.parameters.front()));
  return {std::move(path), query.text("after"), query.integer("limit").value_or(kListEntriesUsual)};
}

/// Completes an answer collected from all nodes of a cluster: adds the nodes that did not answer, as `missing`.
[[nodiscard]] inline std::string with_missing(JsonText& answer, const std::vector<std::string>& missing) {
  if (!missing.empty()) answer.raw("missing", json_array(missing, json_string));
  return answer.take();
}

}  // namespace dialogue::api
