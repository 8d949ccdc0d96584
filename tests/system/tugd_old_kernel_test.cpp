// tugd where newer system calls are missing: on an older kernel (ENOSYS), or under a seccomp filter that was made
// before they were (EPERM, as container engines did).

#include "support/build_paths.hpp"
#include "support/leased_program.hpp"
#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace tug::test {

namespace {

launch without(int error, const std::vector<std::string>& calls) {
    launch how;
    how.wrapper = {bin_dir() + "/deny_calls", std::to_string(error)};
    how.wrapper.insert(how.wrapper.end(), calls.begin(), calls.end());
    how.wrapper.emplace_back("--");
    return how;
}

std::string number(long call) {
    return std::to_string(call);
}

const std::string wait_by_pidfd = number(SYS_waitid) + ":" + std::to_string(P_PIDFD);

/// clone3 is not among them: glibc itself makes no thread where a filter answers it with EPERM.
const std::vector<std::string> newer{number(SYS_close_range),       number(SYS_openat2), number(SYS_pidfd_open),
                                     number(SYS_pidfd_send_signal), wait_by_pidfd,       number(SYS_renameat2),
                                     number(SYS_faccessat2),        number(SYS_statx)};

std::string descriptors(wire_client& client) {
    const auto id = client.call("exec", {{"shell", "cd /proc/self/fd && echo *"}});
    const auto& answer = client.wait(id);
    return answer.error().empty() ? client.output(id, "stdout") : answer.error();
}

/// Commands, files, and the end of a tree of which a part has left the session.
void check_all(tugd_under_test& tugd) {
    auto client = tugd.connect();
    BOOST_TEST(descriptors(client) == "0 1 2 3\n"); // the last is the directory itself
    BOOST_TEST(client.put("d/file", "content", {{"make_parents", true}}).error() == "");
    BOOST_TEST(client.put("d/file", "content", {{"overwrite", false}}).error() == "already_exists");
    const auto get = client.call("get", {{"path", "d/file"}});
    BOOST_TEST(client.wait(get).error() == "");
    BOOST_TEST(client.output(get, "data") == "content");

    const auto mark = sleep_mark();
    const auto id = client.call("exec", {{"shell", "setsid sleep " + mark + " & trap '' TERM; sleep " + mark}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 3; }));
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).result().at("survivors").to_number<int>() == 0);
    BOOST_TEST(processes_with(mark).empty());
    BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }));
    BOOST_TEST(tugd.stop() == 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_old_kernel)

BOOST_AUTO_TEST_CASE(each_newer_call_is_missing) {
    for (const int error : {ENOSYS, EPERM})
        for (const auto& call : newer) BOOST_TEST_CONTEXT("call " << call << ", errno " << error) {
                tugd_under_test tugd({"--cgroup", "off"}, without(error, {call}));
                check_all(tugd);
            }
}

BOOST_AUTO_TEST_CASE(all_of_them_are_missing) {
    for (const int error : {ENOSYS, EPERM}) BOOST_TEST_CONTEXT("errno " << error) {
            auto calls = newer;
            if (error == ENOSYS) calls.push_back(number(SYS_clone3));
            tugd_under_test tugd({"--cgroup", "off"}, without(error, calls));
            check_all(tugd);
        }
}

/// What a container engine refuses beside: to take a table of descriptors of one's own.
BOOST_AUTO_TEST_CASE(without_close_range_and_unshare) {
    const tugd_under_test tugd({}, without(EPERM, {number(SYS_close_range), number(SYS_unshare)}));
    auto client = tugd.connect();
    BOOST_TEST(descriptors(client) == "0 1 2 3\n");
}

/// A program that is held by its file system is ended when its client has gone, though no signal goes by a pidfd.
BOOST_AUTO_TEST_CASE(a_held_start_is_ended_without_pidfds) {
    tugd_under_test tugd({}, without(EPERM, {number(SYS_pidfd_send_signal)}));
    leased_program program(tugd.in_root("program"));
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"argv", {"./program"}}});
    BOOST_TEST_REQUIRE(eventually([&] { return program.is_wanted(); }));
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).error() == "cancelled");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
