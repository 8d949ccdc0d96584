#include "spawn.hpp"

#include "child_descriptors.hpp"
#include "slices.hpp"
#include "spawn_child.hpp"
#include "spawn_failure.hpp"
#include "spawn_lookup.hpp"
#include "tag.hpp"
#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tug::service {

namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    // execve's type; it changes nothing
    for (const auto& s : strings) pointers.push_back(const_cast<char*>(s.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

// All but the strings.
child_plan make_plan(const spawn_request& request, const low_fds::trio& sources) {
    child_plan plan;
    plan.cwd_fd = request.cwd_fd;
    std::copy(sources.begin(), sources.end(), std::begin(plan.sources));
    plan.first_unneeded = static_cast<unsigned>(*std::max_element(sources.begin(), sources.end())) + 1;
    plan.controlling_terminal = request.controlling_terminal;
    plan.open_files = request.open_files ? &*request.open_files : nullptr;
    plan.core_size = request.core_size ? &*request.core_size : nullptr;
    plan.limits = request.limits.data();
    plan.limit_count = request.limits.size();
    plan.nice = request.nice ? &*request.nice : nullptr;
    plan.tag = make_tag(request.outlives);
    if (request.run_as) {
        plan.run_as = &*request.run_as;
        plan.groups = request.run_as->groups.data();
        plan.group_count = request.run_as->groups.size();
    }
    return plan;
}

bool is_given_up(const spawn_request& request) {
    return request.given_up && request.given_up();
}

} // namespace

spawner::spawner(std::size_t parallel, clone_call how)
    : how_(how),
      own_tables_(how == clone_call::copying || !has_close_range()),
      low_fds_(parallel),
      null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {}

proto::result<spawned> spawner::spawn(const spawn_request& request) {
    if (request.argv.empty()) return proto::failure::bad_field("argv", "must not be empty");
    low_fds::trio fds{request.stdin_fd, request.stdout_fd, request.stderr_fd};
    for (int& fd : fds) fd = fd < 0 ? null_.get() : fd;
    if (*std::min_element(fds.begin(), fds.end()) < 0)
        return proto::failure(proto::errc::exec_failed, "the host has no /dev/null, which a command needs");
    const auto sources = low_fds_.lend(fds);
    if (sources.error() != 0) return setup_failure(sources.error());

    const auto files = candidates_of(request);
    const auto candidates = pointers_to(files);
    const auto argv = pointers_to(request.argv);
    const auto envp = request.env.pointers();
    child_plan plan = make_plan(request, sources.fds());
    plan.own_table = own_tables_;
    plan.candidates = candidates.data();
    plan.argv = argv.data();
    plan.envp = envp.data();
    const auto slice = scheduling_of_commands();
    plan.slice = slice ? &*slice : nullptr;
    plan.ignored = ignored_.at(ignored_signals::clock::now());
    auto child = start(request, plan);
    if (child || plan.error != ETXTBSY || is_given_up(request)) return child;
    // A program that was just written is busy while another child, on its way to its own program, still has a copy of
    // the writer's descriptor. Once the starts that are under way are over, no such copy is left.
    starts_.await_present();
    return start(request, plan);
}

proto::result<spawned> spawner::start(const spawn_request& request, child_plan& plan) {
    if (is_given_up(request))
        return proto::failure(proto::errc::cancelled, "the call ended before its program was started");
    plan.at = child_plan::step::setup;
    plan.error = 0;
    auto made = clone_child(plan, request.cgroup_fd, starts_, request.given_up, how_);
    if (made.error != 0) return setup_failure(made.error);
    spawned child(made.pid, std::move(made.pidfd), plan.tag, made.in_cgroup); // reaps it where it failed
    if (made.stuck)
        return proto::failure(proto::errc::exec_failed, "the program did not start in time: is its file system there?");
    if (plan.error == 0) return child;
    switch (plan.at) {
    case child_plan::step::cwd: return os::file_failure(plan.error, "cannot enter the working directory");
    case child_plan::step::limits: return limits_failure(plan.error);
    case child_plan::step::exec: return program_failure(plan.error, request);
    case child_plan::step::setup: break;
    }
    return setup_failure(plan.error);
}

} // namespace tug::service
