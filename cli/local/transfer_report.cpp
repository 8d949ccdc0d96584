#include "transfer_report.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "report.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace tug::cli {

namespace {

std::string seconds_text(double seconds) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2f s", seconds);
    return text.data();
}

/// Whether the bytes go to, or come from, the terminal that has the bar: it would be drawn into them.
bool content_on_terminal(const options& o) {
    constexpr int own_terminal = 5; // the major number of /dev/tty
    const auto& local = o.file.local;
    const int standard = o.command == "put" ? STDIN_FILENO : STDOUT_FILENO;
    struct stat content{};
    struct stat shown{};
    if ((local == "-" ? ::fstat(standard, &content) : ::stat(local.c_str(), &content)) != 0) return false;
    if (!S_ISCHR(content.st_mode) || ::fstat(STDERR_FILENO, &shown) != 0) return false;
    if (local == "-" && o.command == "put" && ::isatty(standard) == 1) return true;
    const auto is_own = [](const struct stat& s) { return major(s.st_rdev) == own_terminal && minor(s.st_rdev) == 0; };
    return content.st_rdev == shown.st_rdev || is_own(content) || is_own(shown);
}

} // namespace

transfer_report::transfer_report(const options& o)
    : options_(o), bar_(!o.quiet && !o.json && !content_on_terminal(o)) {}

int transfer_report::finish(std::uint64_t bytes, const std::string& digest, boost::json::object details) {
    bar_.clear();
    const double seconds = std::max(bar_.elapsed().count(), 1e-6);
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds);
    if (options_.json) {
        details["bytes"] = bytes;
        if (!digest.empty()) {
            details["digest"] = digest;
            details["matched"] = true; // else the call had failed with digest_mismatch
        }
        details["wall_us"] = static_cast<std::uint64_t>(seconds * 1e6);
        details["bytes_per_second"] = rate;
        const bool stdout_taken = options_.command == "get" && options_.file.local == "-";
        return print_json(details, stdout_taken ? STDERR_FILENO : STDOUT_FILENO) ? exit_code::success
                                                                                 : exit_code::failed;
    }
    if (wants_summary(options_)) {
        const auto matched = digest.empty() ? "" : ", " + digest.substr(0, digest.find(':')) + " digest matched";
        const auto line = options_.command + ": " + std::to_string(bytes) + " bytes (" + human_bytes(bytes) + ") in " +
                          seconds_text(seconds) + ", " + human_bytes(rate) + "/s" + matched;
        (void)write_all(STDERR_FILENO, printable(line) + "\n");
    }
    return exit_code::success;
}

int transfer_report::finish_unchanged(const std::string& digest, boost::json::object details) {
    bar_.clear();
    if (options_.json) {
        details["bytes"] = 0;
        details["digest"] = digest;
        details["unchanged"] = true;
        return print_json(details) ? exit_code::success : exit_code::failed;
    }
    if (wants_summary(options_)) (void)write_all(STDERR_FILENO, options_.command + ": unchanged, no bytes needed\n");
    return exit_code::success;
}

} // namespace tug::cli
