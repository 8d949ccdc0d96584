// Children without close_range: each has a copy of all descriptors of the daemon, until it has closed them.

#include "held_start.hpp"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    tug::service::spawner copying{2, clone_call::copying};

    running start(spawn_request r) {
        auto out = make_pipe();
        r.stdout_fd = out.write.get();
        auto process = on_pool([&] { return copying.spawn(r); });
        BOOST_REQUIRE_MESSAGE(process.has_value(), (process.has_error() ? process.error().message : ""));
        return {std::move(*process), std::move(out.read)};
    }

    /// Descriptors of a program that runs.
    std::set<std::string> descriptors(const spawn_request& r) {
        const auto process = start(r);
        BOOST_TEST(read_line(process.out.get()) == "ready");
        return descriptors_of(process.process.pid());
    }

    static spawn_request waiting(const pipe_ends& in) {
        auto r = request({"/bin/sh", "-c", "echo ready; read line"});
        r.stdin_fd = in.read.get();
        return r;
    }
};

struct inheritable {
    inheritable() {
        for (int i = 0; i < 300; ++i) all.emplace_back(::open("/dev/null", O_RDONLY)); // NOLINT: no O_CLOEXEC
    }

    std::vector<tug::os::unique_fd> all;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spawn_copying_test, fixture)

BOOST_AUTO_TEST_CASE(three_descriptors_and_no_other) {
    const inheritable many;
    const auto in = make_pipe();
    BOOST_TEST((descriptors(waiting(in)) == only_standard));
}

/// The limit of the child is below the numbers that are to be closed, and below that of the list.
BOOST_AUTO_TEST_CASE(also_beyond_the_limit_of_the_child) {
    const inheritable many;
    const auto in = make_pipe();
    for (const rlim_t limit : {20, 4}) {
        auto r = waiting(in);
        r.open_files = rlimit{limit, limit};
        BOOST_TEST((descriptors(r) == only_standard), limit);
    }
}

/// A directory of /proc/self/fd is opened as the user that the child has become.
BOOST_AUTO_TEST_CASE(as_another_user, *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    const inheritable many;
    const auto in = make_pipe();
    auto r = waiting(in);
    r.run_as = user{65534, 65534, {}};
    BOOST_TEST((descriptors(r) == only_standard));
}

/// The numbers are gone through where /proc does not list them: something else is mounted there.
BOOST_AUTO_TEST_CASE(without_proc, *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    const inheritable many;
    const auto in = make_pipe();
    auto out = make_pipe();
    auto r = waiting(in);
    r.stdout_fd = out.write.get();
    std::optional<tug::proto::result<spawned>> process;
    bool hidden = false;
    std::thread([&] { // a mount namespace of this thread alone
        hidden = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 ::mount("none", "/proc", "tmpfs", 0, "") == 0 && std::filesystem::create_directories("/proc/self/fd");
        if (hidden) process = copying.spawn(r);
        // The thread is the parent, and may end: the child is that of the process.
    })
        .join();
    BOOST_REQUIRE(hidden);
    BOOST_REQUIRE(process->has_value());
    const running it(std::move(**process), std::move(out.read));
    BOOST_TEST(read_line(it.out.get()) == "ready");
    BOOST_TEST((descriptors_of(it.process.pid()) == only_standard));
}

BOOST_AUTO_TEST_CASE(failures_are_told_as_ever) {
    const auto refused = on_pool([&] { return copying.spawn(request({"/no/such"})); });
    BOOST_TEST((refused.has_error() && refused.error().code == tug::proto::errc::exec_not_found));
}

/// A put that was answered has closed its file, but a child that is being started may still have a copy of it.
BOOST_AUTO_TEST_CASE(a_program_that_was_just_written_is_not_busy) {
    const held_start held;
    const auto file = held.dir.write("program", "#!/bin/sh\nexit 7\n");
    tug::os::unique_fd writer(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    auto first = request({"/bin/true"});
    first.cgroup_fd = held.as_cgroup.get();
    auto other = begin_on_pool([&] { return copying.spawn(first); });
    // It has its copy once it waits at the pipe.
    BOOST_REQUIRE(eventually([&] { return held.is_waited_for(); }));
    writer.reset();
    auto r = request({file});
    std::atomic<int> asked = 0;
    r.given_up = [&] { return ++asked < 0; };
    auto started = begin_on_pool([&] { return copying.spawn(r); });
    // Asked before the first attempt, and again after that has failed.
    BOOST_TEST(eventually([&] { return asked >= 2; }));
    held.let_go();
    auto process = started.get();
    BOOST_TEST(other.get().has_value());
    BOOST_REQUIRE_MESSAGE(process.has_value(), (process.has_error() ? process.error().message : ""));
    const running it(std::move(*process), tug::os::unique_fd());
    BOOST_TEST(it.await_end().si_status == 7);
}

BOOST_AUTO_TEST_CASE(what_was_given_up_does_not_start) {
    const command_dir dir;
    const auto mark = dir / "mark";
    auto r = request({"/usr/bin/touch", mark});
    r.given_up = [] { return true; };
    const auto refused = on_pool([&] { return spawner.spawn(r); });
    BOOST_TEST((refused.has_error() && refused.error().code == tug::proto::errc::cancelled));
    BOOST_TEST(!std::filesystem::exists(mark));
}

BOOST_AUTO_TEST_SUITE_END()
