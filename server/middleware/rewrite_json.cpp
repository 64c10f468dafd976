// Recursion is as deep as the text, which was valid, and so at most kJsonDepthMax.
#include "server/middleware/rewrite_json.hpp"

#include <utility>

#include "shared/json/payload_reader.hpp"

namespace dialogue::middleware {
namespace {

class Rewriter {
 public:
  explicit Rewriter(const ReplaceValue& replace) : replace_(replace) {}

  void value(std::string_view raw) {
    if (auto text = replace_(path_, raw)) {
      has_replaced_ = true;
      out_ += *text;
      return;
    }
    const char first = PayloadReader(raw).peek();
    const bool is_read = first == '{' ? object(raw) : first == '[' ? array(raw) : scalar(raw);
    if (!is_read) throw UnreadablePayload();
  }

  [[nodiscard]] std::optional<std::string> take() { return has_replaced_ ? std::optional(std::move(out_)) : std::nullopt; }

 private:
  bool object(std::string_view raw) {
    const std::size_t path_size = path_.size();
    out_ += '{';
    const bool is_read = visit_members(raw, [&](const std::string& key, std::string_view member) {
      if (out_.back() != '{') out_ += ',';
      append_json_string(out_, key);
      out_ += ':';
      if (!path_.empty()) path_ += '.';
      path_ += key;
      value(member);
      path_.resize(path_size);
    });
    out_ += '}';
    return is_read;
  }

  bool array(std::string_view raw) {
    out_ += '[';
    const bool is_read = visit_elements(raw, [&](std::string_view element) {
      if (out_.back() != '[') out_ += ',';
      value(element);
    });
    out_ += ']';
    return is_read;
  }

  bool scalar(std::string_view raw) {
    out_ += raw;
    PayloadReader reader(raw);
    return reader.skip() && reader.at_end();
  }

  const ReplaceValue& replace_;
  std::string out_, path_;
  bool has_replaced_ = false;
};

}  // namespace

std::optional<std::string> rewrite_json(std::string_view json, const ReplaceValue& replace) {
  Rewriter rewriter(replace);
  rewriter.value(json);
  return rewriter.take();
}

}  // namespace dialogue::middleware
