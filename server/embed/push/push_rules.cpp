// See push_rules.hpp.
#include "server/embed/push/push_rules.hpp"

#include <set>
#include <utility>
#include <variant>

#include "server/core/access/identity.hpp"

namespace dialogue {
namespace {

definitions::PushTemplate template_of(const std::string& text) {
  auto parsed = definitions::parse_push_template(text);
  auto* const made = std::get_if<definitions::PushTemplate>(&parsed);
  return made == nullptr ? definitions::PushTemplate{} : std::move(*made);
}

}  // namespace

PushRules::PushRules(const Definitions& definitions) {
  for (const EventDefinition& event : definitions.events)
    if (const PushRule& rule = event.push; rule.is_set())
      rules_.emplace(event.name, Rule{rule, template_of(rule.title), template_of(rule.body), template_of(rule.url),
                                      template_of(rule.collapse)});
}

std::vector<api::Notification> PushRules::notifications_of(const core::Publication& publication) const {
  std::vector<api::Notification> made;
  const auto found = rules_.find(publication.event);
  if (found == rules_.end() || publication.deletes) return made;
  const Rule& each = found->second;
  const definitions::PushFacts facts{publication.room_id, publication.event, publication.from, publication.payload,
                                     publication.seq};
  std::set<std::string> users;
  for (std::string& user : definitions::texts_at(publication.payload, each.rule.to))
    if (user != publication.from && core::is_user_id(user)) users.insert(std::move(user));
  for (const std::string& user : users) {
    api::Notification note;
    note.user_id = user;
    note.title = render(each.title, facts);
    note.body = render(each.body, facts);
    note.url = each.rule.url.empty() ? "/" : render(each.url, facts);
    note.collapse = render(each.collapse, facts);
    note.urgency = each.rule.urgency;
    note.ttl_s = each.rule.ttl_ms / 1'000;
    note.delay_ms = each.rule.delay_ms;
    note.only_offline = each.rule.only_offline;
    made.push_back(std::move(note));
  }
  return made;
}

}  // namespace dialogue
