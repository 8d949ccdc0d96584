#include "check/check.hpp"

#include "os/host_facts.hpp"

#include <sys/resource.h>

#include <string>

namespace tug::service {

namespace {

/// What tugd keeps free for commands and files, see listener.cpp.
constexpr std::uint64_t reserved_descriptors = 1024;

std::string text(std::uint64_t n) {
    return std::to_string(n);
}

/// A limit that another one keeps from ever being reached.
struct pair_of_limits {
    const char* name;
    std::uint64_t value;
    const char* bound_name;
    std::uint64_t bound;
};

void check_pairs(const options& o, check_report& to) {
    const pair_of_limits pairs[] = {
        {"--max-unauthenticated", o.unauthenticated, "--max-connections", o.connections},
        {"--max-unauthenticated-per-source", o.unauthenticated_per_source, "--max-unauthenticated", o.unauthenticated},
        {"--max-jobs", o.jobs, "--max-kept-jobs", o.kept_jobs},
        {"--max-recording", o.recording.session_bytes, "--max-recordings", o.recording.all_bytes},
        {"--max-window", o.max_window, "--max-buffered", o.max_buffered},
    };
    for (const auto& p : pairs)
        if (p.value > p.bound)
            to.warn("limits",
                    std::string(p.name) + " " + text(p.value) + " is never reached: " + p.bound_name + " is " +
                        text(p.bound),
                    std::string("raise ") + p.bound_name);
}

} // namespace

void check_descriptors(const options& o, check_report& to) {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    const auto needed = o.connections + reserved_descriptors;
    if (files.rlim_max >= needed) return to.ok("descriptors", text(files.rlim_max) + " may be open");
    to.warn("descriptors",
            text(files.rlim_max) + " may be open, and " + text(needed) + " are needed for --max-connections " +
                text(o.connections) + " and commands",
            "set LimitNOFILE= in the unit (ulimit -Hn), or lower --max-connections");
}

void check_limits(const options& o, check_report& to) {
    check_pairs(o, to);
    const auto memory = facts_of_host().memory.total_bytes;
    if (memory > 0 && o.max_buffered > memory / 2)
        to.warn("limits", "--max-buffered " + text(o.max_buffered) + " is more than half of the memory of this host",
                "lower it to " + text(memory / 4));
    if (o.failed_login_delay >= o.opening_time)
        to.wrong("limits", "--failed-login-delay is not shorter than --login-time: no failed login is ever answered",
                 "lower --failed-login-delay");
    rlimit processes{};
    if (::getrlimit(RLIMIT_NPROC, &processes) == 0 && processes.rlim_cur != RLIM_INFINITY &&
        processes.rlim_cur < o.commands)
        to.warn("limits",
                "--max-commands " + text(o.commands) + " is more than the processes that this user may have, " +
                    text(processes.rlim_cur),
                "raise them (LimitNPROC=, ulimit -u), or lower --max-commands");
    to.ok("limits", "looked at");
}

} // namespace tug::service
