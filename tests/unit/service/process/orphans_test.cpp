#include "process/orphans.hpp"

#include "process_support.hpp"

#include <sys/prctl.h>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {};

} // namespace

BOOST_FIXTURE_TEST_SUITE(orphans_test, fixture)

BOOST_AUTO_TEST_CASE(takes_orphans_and_never_a_root) {
    // The orphan ends when its standard input does, and its end closes the pipe that it writes to.
    auto in = make_pipe();
    auto r = request({"/bin/sh", "-c", "exec 3<&0; (setsid sh -c 'echo $$; read x <&3' &)"});
    r.stdin_fd = in.read.get();
    const auto root = start(r);
    const auto orphan = static_cast<pid_t>(std::stol(read_line(root.out.get())));
    root.await_end();
    reap_orphans();
    BOOST_TEST(is_running(orphan)); // it has not ended: left alone
    siginfo_t info{};
    in.write.reset();
    BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(orphan), &info, WEXITED | WNOWAIT) == 0);
    on_pool([] { return reap_orphans(), 0; }); // not the main thread: does nothing
    BOOST_TEST(::kill(orphan, 0) == 0);
    reap_orphans();
    BOOST_TEST(::kill(orphan, 0) == -1);
    BOOST_TEST(::kill(root.process.pid(), 0) == 0); // still to be reaped by its owner
}

BOOST_AUTO_TEST_CASE(the_list_tells_whether_there_are_any) {
    const orphan_list orphans;
    auto in = make_pipe();
    auto r = request({"/bin/sh", "-c", "exec 3<&0; (setsid sh -c 'echo $$; read x <&3' &)"});
    r.stdin_fd = in.read.get();
    BOOST_TEST(orphans.empty());
    const auto root = start(r);
    const auto orphan = static_cast<pid_t>(std::stol(read_line(root.out.get())));
    root.await_end();
    BOOST_TEST(!orphans.empty());
    siginfo_t info{};
    in.write.reset();
    BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(orphan), &info, WEXITED | WNOWAIT) == 0);
    BOOST_TEST(!orphans.empty()); // a zombie is one
    reap_orphans();
    BOOST_TEST(orphans.empty()); // and the zombie of the root is none
    BOOST_TEST(on_pool([&] { return orphans.empty(); }));
}

BOOST_AUTO_TEST_CASE(a_list_of_no_subreaper_knows_nothing) {
    BOOST_REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
    const orphan_list orphans;
    BOOST_REQUIRE(become_subreaper().has_value());
    BOOST_TEST(!orphans.empty());
}

BOOST_AUTO_TEST_SUITE_END()
