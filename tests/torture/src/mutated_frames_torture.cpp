// Frames that are nearly right, a million of them over 20,000 connections, against a real tugd: no report of a
// sanitizer, no crash, every visitor is answered or ended, and an honest client beside them notices nothing.

#include "mutated_frames/canary.hpp"
#include "mutated_frames/swarm.hpp"
#include "support/temp_dir.hpp"
#include "support/torture.hpp"
#include "support/tugd_under_test.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

namespace {

using namespace tug::test;
using namespace tug::torture;
namespace fs = std::filesystem;

struct settings {
    std::string tugd;
    swarm_task task;
    unsigned minutes = 8;
};

settings settings_from(int argc, char** argv) {
    settings out;
    out.task.frames = scaled(1'000'000);
    out.task.connections = scaled(20'000);
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--tugd")
            out.tugd = argv[i + 1];
        else if (name == "--connections")
            out.task.connections = std::stoul(argv[i + 1]);
        else if (name == "--frames")
            out.task.frames = std::stoul(argv[i + 1]);
        else if (name == "--seed")
            out.task.seed = std::stoul(argv[i + 1]);
        else if (name == "--minutes")
            out.minutes = static_cast<unsigned>(std::stoul(argv[i + 1]));
        else
            throw std::invalid_argument("no option " + name);
    }
    return out;
}

void must(bool good, const std::string& what) {
    if (!good) throw std::runtime_error(what);
}

/// What a sanitizer says on the way of dying, or of ending.
void must_be_clean(const std::string& log) {
    for (const auto* mark :
         {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "WARNING: ThreadSanitizer"})
        if (const auto at = log.find(mark); at != std::string::npos)
            throw std::runtime_error("a sanitizer reports:\n" + log.substr(at, 4'000));
}

/// What visitors put is below the root and whole; nothing lies beside it, and no temporary is left.
void must_be_tidy(const fs::path& base) {
    for (const auto& entry : fs::directory_iterator(base))
        must(entry.path().filename() == "root", "made beside the root: " + entry.path().string());
    for (const auto& entry : fs::recursive_directory_iterator(base / "root"))
        must(!entry.path().filename().string().starts_with(".tug-"), "left behind: " + entry.path().string());
}

void run(settings how) {
    const temp_dir base;
    const temp_dir own;
    const auto root = base.path() / "root";
    fs::create_directories(root / "dir");
    const std::string content = "what the canary reads";
    write_file((root / "file").string(), content);
    fs::create_symlink("dir", root / "link");

    launch start;
    start.tugd = how.tugd;
    start.with_keys = true;
    start.root = root.string();
    start.listen = {"unix:" + (own / "tugd.sock")};
    start.env = {{"ASAN_OPTIONS", "detect_leaks=1:detect_stack_use_after_return=1"},
                 {"UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1"}};
    tugd_under_test tugd({"--log-level", "error"}, start);

    const auto began = std::chrono::steady_clock::now();
    how.task.socket = own / "tugd.sock";
    how.task.until = began + std::chrono::minutes(how.minutes);
    canary bird(tugd, "file", content);
    swarm visitors(how.task);
    std::string wrong;
    try {
        visitors.run();
    } catch (const std::exception& e) {
        wrong = e.what();
    }
    const auto bird_said = bird.stop();
    const int code = tugd.stop();
    must_be_clean(tugd.log());
    must(wrong.empty(), wrong);
    must(bird_said.empty(), "the canary: " + bird_said);
    must(code == 0, "tugd ended with " + std::to_string(code) + ":\n" + tugd.log());
    must_be_tidy(base.path());

    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::printf("mutated frames: %zu on %zu connections in %.0f s, %zu of them heard to the end, %zu frames back, 0 "
                "sanitizer reports (%s); canary: %zu "
                "answers, the slowest pair in %lld ms\n",
                visitors.frames(), visitors.connections(), took.count(), visitors.frames_heard_out(),
                visitors.answers(), how.tugd.empty() ? "tugd of this build" : how.tugd.c_str(), bird.answers(),
                static_cast<long long>(bird.longest().count()));
}

} // namespace

int main(int argc, char** argv) {
    try {
        run(settings_from(argc, argv));
    } catch (const std::exception& e) {
        std::cerr << "mutated frames: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
