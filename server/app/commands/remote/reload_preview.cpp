// Asks for a dry run of POST /api/v1/reload: the server alone knows its flags, its environment and what is in force.
#include "server/app/commands/remote/reload_preview.hpp"

#include <ostream>
#include <string_view>
#include <vector>

#include "server/app/commands/remote/server_question.hpp"
#include "shared/json/json_member.hpp"
#include "shared/json/json_reader.hpp"

namespace dialogue::app {
namespace {

/// The elements of an array that is a member of an object, as they stand there.
std::vector<std::string> elements_of(const std::string& object, std::string_view member) {
  std::vector<std::string> found;
  JsonReader json(object);
  std::string key;
  std::string_view value;
  if (!json.enter_object()) return found;
  while (json.next_key(key)) {
    if (key != member) {
      if (!json.skip()) return {};
      continue;
    }
    if (!json.enter_array()) return {};
    while (json.next_element())
      if (json.read_raw(value)) found.emplace_back(value);
  }
  return found;
}

std::string words_of(std::string_view content) {
  if (content == "\"tokenKeys\"") return "the keys that verify tokens";
  return content == "\"apiKeys\"" ? "the keys of the HTTP API" : "the secret that signs hooks";
}

std::string shown(const std::string& value) { return value.empty() ? "-" : value; }

void print(std::ostream& out, const std::string& diff) {
  const std::vector<std::string> changes = elements_of(diff, "changes"), contents = elements_of(diff, "contents");
  for (const std::string& change : changes)
    out << json_text_member(change, "key") << ": " << shown(json_text_member(change, "before")) << " -> "
        << shown(json_text_member(change, "now")) << " (" << json_text_member(change, "change") << ")\n";
  for (const std::string& content : contents) out << words_of(content) << ": changed (hot)\n";
  if (changes.empty() && contents.empty()) out << "A reload would change nothing.\n";
}

}  // namespace

void show_reload_preview(Program& program, const PreviewOptions& options) {
  const std::string& url = options.url;
  ServerQuestion question{url, "/api/v1/reload?dry_run=true", key_of(program.environment, options.key_variable)};
  question.is_post = true;
  question.member = "changes";
  const ServerAnswer answer = ask_server(question);
  if (answer.status == kHttpOk) return print(program.out, answer.body);
  program.exit_code = kExitRefused;
  const std::string detail = json_text_member(answer.body, "detail");
  if (!answer.fault.empty())
    program.err << url << ": " << answer.fault << "\n";
  else
    program.err << url << ": " << answer.status << " " << (detail.empty() ? answer.body : detail) << "\n";
}

}  // namespace dialogue::app
