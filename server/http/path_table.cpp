// See path_table.hpp. There are few rows, so the search is a walk.
#include "server/http/path_table.hpp"

#include <algorithm>
#include <utility>

#include "server/http/path_handler.hpp"

namespace dialogue::http {
namespace {

bool stands_for(const PathRow& row, std::string_view path) {
  if (path == row.path) return true;
  if (!row.has_below) return false;
  return row.path == "/" || (path.starts_with(row.path) && path[row.path.size()] == '/');
}

bool reaches(PathReach reach, loop::ListenerKind listener) {
  if (!loop::is_for_operators(listener) || reach == PathReach::operators) return true;
  return listener == loop::ListenerKind::admin && reach == PathReach::administrators;
}

}  // namespace

void PathTable::add(PathRow row) {
  const auto before = std::find_if(rows_.begin(), rows_.end(), [&](const PathRow& each) {
    return std::pair(each.path.size(), !each.has_below) <= std::pair(row.path.size(), !row.has_below);
  });
  rows_.insert(before, std::move(row));
}

const PathRow* PathTable::find(std::string_view path, loop::ListenerKind listener) const {
  const auto found = std::find_if(rows_.begin(), rows_.end(), [&](const PathRow& row) {
    return stands_for(row, path) && reaches(row.reach, listener) && row.handler->takes(path);
  });
  return found == rows_.end() ? nullptr : &*found;
}

}  // namespace dialogue::http
