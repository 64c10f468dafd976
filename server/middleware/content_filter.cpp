// RE2 alone: no expression of an author's, and no text of a sender's, makes it take more than linear time.
#include <re2/re2.h>
#include <dialogue/middleware.hpp>
#include <memory>
#include <utility>

#include "server/middleware/rewrite_json.hpp"
#include "shared/base/setup_error.hpp"
#include "shared/json/json_text.hpp"
#include "shared/json/payload_reader.hpp"

namespace dialogue {
namespace {

using Expressions = std::vector<std::unique_ptr<const RE2>>;

Expressions compiled(const ContentFilter& filter) {
  RE2::Options options;
  options.set_case_sensitive(!filter.ignores_case);
  options.set_log_errors(false);
  Expressions expressions;
  for (const std::string& text : filter.blocklist) {
    expressions.push_back(std::make_unique<const RE2>(text, options));
    if (!expressions.back()->ok())
      throw SetupError("content filter", "the expression " + text + " is not valid in RE2: " + expressions.back()->error(),
                       "See https://github.com/google/re2/wiki/Syntax.");
  }
  return expressions;
}

/// What `replacement` means to RE2 has escapes in it; ours is plain.
std::string as_rewrite(const std::string& replacement) {
  std::string text;
  for (const char letter : replacement) text.append(letter == '\\' ? 2 : 1, letter);
  return text;
}

bool matches(const Expressions& expressions, std::string_view payload) {
  bool found = false;
  static_cast<void>(middleware::rewrite_json(payload, [&](std::string_view, std::string_view raw) -> std::optional<std::string> {
    if (const auto text = found ? std::nullopt : string_value(raw))
      for (const auto& expression : expressions) found = found || RE2::PartialMatch(*text, *expression);
    return std::nullopt;
  }));
  return found;
}

std::optional<std::string> mended(const Expressions& expressions, const std::string& rewrite, std::string_view payload) {
  return middleware::rewrite_json(payload, [&](std::string_view, std::string_view raw) -> std::optional<std::string> {
    auto text = string_value(raw);
    if (!text) return std::nullopt;
    int count = 0;
    for (const auto& expression : expressions) count += RE2::GlobalReplace(&*text, *expression, rewrite);
    if (count == 0) return std::nullopt;
    return json_string(*text);
  });
}

}  // namespace

MiddlewareFunction content_filter(const ContentFilter& filter) {
  const auto expressions = std::make_shared<const Expressions>(compiled(filter));
  if (!filter.replacement)
    return [expressions](const Draft& draft) {
      return matches(*expressions, draft.payload) ? HookVerdict::deny("it contains blocked text") : HookVerdict::allow();
    };
  return [expressions, rewrite = as_rewrite(*filter.replacement)](const Draft& draft) {
    auto payload = mended(*expressions, rewrite, draft.payload);
    return payload ? HookVerdict::replace(std::move(*payload)) : HookVerdict::allow();
  };
}

}  // namespace dialogue
