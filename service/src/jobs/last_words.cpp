#include "jobs/last_words.hpp"

#include <tug/os/escape.hpp>

#include <algorithm>

namespace tug::service {

namespace {

/// A line of an exception or of a failed check is shorter. Of more, the end is told.
constexpr std::size_t most_bytes = 512;

} // namespace

std::string last_words(std::string_view written) {
    while (!written.empty() && written.back() == '\n') written.remove_suffix(1);
    if (written.size() > most_bytes) written.remove_prefix(written.size() - most_bytes);
    std::string out(written);
    std::replace(out.begin(), out.end(), '\n', ' ');
    return os::printable(out);
}

std::string end_text(std::string words, const std::string& how) {
    if (how.empty() || words.find(how) != std::string::npos) return words;
    if (words.empty()) return "ended by " + how;
    return words + " (ended by " + how + ")";
}

} // namespace tug::service
