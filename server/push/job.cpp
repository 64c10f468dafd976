// See job.hpp. The texts are kept on disks: members are only added.
#include "server/push/job.hpp"

#include <map>

#include "shared/json/json_text.hpp"

namespace dialogue::push {
namespace {

std::string target_text(const JobTarget& target) {
  return '[' + json_string(target.device_id) + ',' + std::to_string(target.tries) + ',' + std::to_string(target.due_ms) + ']';
}

bool read_targets(JsonReader& reader, std::vector<JobTarget>& targets) {
  if (!reader.enter_array()) return false;
  while (reader.next_element()) {
    JobTarget target;
    std::uint64_t tries = 0;
    if (!reader.enter_array() || !reader.next_element() || !reader.read_string(target.device_id) || !reader.next_element() ||
        !reader.read_integer(tries) || !reader.next_element() || !reader.read_integer(target.due_ms) || reader.next_element())
      return false;
    target.tries = static_cast<std::uint32_t>(tries);
    targets.push_back(std::move(target));
  }
  return !reader.failed();
}

}  // namespace

std::string job_text(const Job& job) {
  return JsonText()
      .text("id", job.id)
      .text("user", job.user_id)
      .text("text", job.text)
      .text("urgency", job.urgency)
      .text("topic", job.topic)
      .number("accepted", job.accepted_ms)
      .number("expires", job.expires_ms)
      .flag("offline", job.only_offline)
      .raw("targets", json_array(job.targets, target_text))
      .text("owner", job.owner)
      .number("lease", job.lease_ms)
      .take();
}

std::optional<Job> read_job(std::string_view text) {
  Job job;
  const std::map<std::string_view, std::string Job::*> texts = {{"id", &Job::id},       {"user", &Job::user_id},
                                                                {"text", &Job::text},   {"urgency", &Job::urgency},
                                                                {"topic", &Job::topic}, {"owner", &Job::owner}};
  const std::map<std::string_view, std::uint64_t Job::*> numbers = {
      {"accepted", &Job::accepted_ms}, {"expires", &Job::expires_ms}, {"lease", &Job::lease_ms}};
  JsonReader reader(text);
  std::string key;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    bool is_read = false;
    if (const auto member = texts.find(key); member != texts.end())
      is_read = reader.read_string(job.*(member->second));
    else if (const auto number = numbers.find(key); number != numbers.end())
      is_read = reader.read_integer(job.*(number->second));
    else if (key == "offline")
      is_read = reader.read_boolean(job.only_offline);
    else
      is_read = key == "targets" ? read_targets(reader, job.targets) : reader.skip();
    if (!is_read) return std::nullopt;
  }
  return reader.failed() || job.id.empty() ? std::nullopt : std::optional(std::move(job));
}

std::string used_key_text(const UsedKey& used) {
  return JsonText().text("content", used.content).text("job", used.job_id).number("devices", used.devices).take();
}

std::optional<UsedKey> read_used_key(std::string_view text, std::uint64_t expires_s) {
  UsedKey used;
  used.expires_s = expires_s;
  JsonReader reader(text);
  std::string key;
  std::uint64_t devices = 0;
  if (!reader.enter_object()) return std::nullopt;
  while (reader.next_key(key)) {
    const bool is_read = key == "content"   ? reader.read_string(used.content)
                         : key == "job"     ? reader.read_string(used.job_id)
                         : key == "devices" ? reader.read_integer(devices)
                                            : reader.skip();
    if (!is_read) return std::nullopt;
  }
  used.devices = static_cast<std::size_t>(devices);
  return reader.failed() ? std::nullopt : std::optional(std::move(used));
}

}  // namespace dialogue::push
