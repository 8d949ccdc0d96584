#include "queue.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/report.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <string_view>

namespace tug::cli {

namespace {

/// The program of that name in the directory of this one.
std::string beside(std::string_view name) {
    std::array<char, 4096> path{};
    const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
    const std::string_view own(path.data(), size < 0 ? 0 : static_cast<std::size_t>(size));
    return std::string(own.substr(0, own.rfind('/') + 1)).append(name);
}

} // namespace

int become_queue(const std::vector<std::string>& arguments) {
    std::string name = "tug-queue";
    std::vector<std::string> words(arguments);
    std::vector<char*> argv{name.data()};
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (!sigpipe_was_ignored_at_start()) std::signal(SIGPIPE, SIG_DFL); // it inherits what is ignored
    ::execv(beside(name).c_str(), argv.data()); // lint-allow(spawn): it starts none, it becomes one
    ::execvp(name.c_str(), argv.data());        // lint-allow(spawn): likewise
    print_error("there is no tug-queue here", "install the package tug-worker, which has it");
    return exit_code::failed;
}

} // namespace tug::cli
