// Grants are few and short: they are compared as they are written.
#include "server/core/access.hpp"

#include <algorithm>

namespace dialogue {
namespace {

constexpr std::string_view kRolePrefix = "role:", kUserPrefix = "user:";

bool grants(std::string_view grant, const Identity& identity) {
  if (grant == "*") return true;
  if (grant.starts_with(kRolePrefix)) return !identity.role.empty() && grant.substr(kRolePrefix.size()) == identity.role;
  if (grant.starts_with(kUserPrefix)) return grant.substr(kUserPrefix.size()) == identity.user_id;
  return false;
}

std::optional<std::string> lacks(std::string_view what, const Grants& grants_given, const Identity& identity) {
  const auto granted = [&identity](const std::string& grant) { return grants(grant, identity); };
  if (std::any_of(grants_given.begin(), grants_given.end(), granted)) return std::nullopt;
  if (grants_given.empty()) return std::string(what) + " is granted to nobody";
  std::string words = std::string(what) + " needs ";
  for (const std::string& grant : grants_given) words += (&grant == &grants_given.front() ? "" : " or ") + grant;
  return words;
}

struct Rule {
  std::string_view name;
  const std::optional<Grants>& grants;
};

Rule rule_of(const Access& access, Right right) {
  switch (right) {
    case Right::join:
      return {"join", access.join};
    case Right::publish:
      return {"publish", access.publish};
    case Right::history:
      return {"history", access.history};
    case Right::presence:
      return {"presence", access.presence};
    case Right::manage:
      break;
  }
  return {"manage", access.manage};
}

}  // namespace

std::optional<std::string> missing_grant(const Access& access, Right right, const Identity& identity) {
  const Rule rule = rule_of(access, right);
  if (rule.grants) return lacks(rule.name, *rule.grants, identity);
  if (right == Right::manage) return lacks(rule.name, {}, identity);
  return std::nullopt;
}

std::optional<std::string> missing_publish_grant(const Access& access, std::string_view event, const Identity& identity) {
  if (auto missing = missing_grant(access, Right::publish, identity)) return missing;
  if (access.publish_event.empty()) return std::nullopt;
  const auto narrower = access.publish_event.find(std::string(event));
  if (narrower == access.publish_event.end()) return std::nullopt;
  return lacks("publish of " + std::string(event), narrower->second, identity);
}

}  // namespace dialogue
