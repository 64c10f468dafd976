// Faulty configuration, found before anything is served: Dialogue's only exception. Faults at run time are values.
// what() is one line: "app.json:3:14: `maxSize` must be a whole number. Write 50, or leave it out."
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace dialogue {

class SetupError : public std::runtime_error {
 public:
  /// `where`: a file position, a setting or a call; may be empty. `problem`: one sentence. `advice`: one sentence with the
  /// remedy; may be empty.
  SetupError(std::string where, std::string problem, std::string advice)
      : std::runtime_error((where.empty() ? "" : where + ": ") + problem + (ends_sentence(problem) ? "" : ".") +
                           (advice.empty() ? "" : " " + advice)),
        where_(std::move(where)),
        problem_(std::move(problem)),
        advice_(std::move(advice)) {}

  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] const std::string& advice() const { return advice_; }

 private:
  [[nodiscard]] static bool ends_sentence(const std::string& text) {
    return text.ends_with('.') || text.ends_with('?') || text.ends_with('!');
  }

  std::string where_, problem_, advice_;
};

}  // namespace dialogue
