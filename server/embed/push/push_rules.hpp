// Push as a rule of the definitions: which notifications follow from a publication. Immutable; safe from any thread.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "server/api/notifications/push_api.hpp"
#include "server/core/messages/hooks.hpp"
#include "server/definitions/source/push_template.hpp"
#include "shared/schema/definitions.hpp"

namespace dialogue {

class PushRules {
 public:
  /// `definitions` must be valid.
  explicit PushRules(const Definitions& definitions);

  [[nodiscard]] bool is_empty() const { return rules_.empty(); }
  /// For each user whom the event's rule names, but not its author.
  [[nodiscard]] std::vector<api::Notification> notifications_of(const core::Publication& publication) const;

 private:
  struct Rule {
    PushRule rule;
    definitions::PushTemplate title, body, url, collapse;
  };
  std::map<std::string, Rule, std::less<>> rules_;  ///< by event
};

}  // namespace dialogue
