// What a command that has the user of tugd can learn of it: nothing of its memory.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace utf = boost::unit_test;
namespace fs = std::filesystem;

namespace tug::test {

namespace {

constexpr auto setpriv = "/usr/bin/setpriv";
[[maybe_unused]] constexpr uid_t nobody = 65534;

/// The user of a command is only told from root where tugd is not root.
[[maybe_unused]] boost::test_tools::assertion_result can_be_nobody(utf::test_unit_id) {
    boost::test_tools::assertion_result able(::geteuid() == 0 && fs::exists(setpriv));
    able.message() << "it takes root and setpriv to become another user";
    return able;
}

[[maybe_unused]] int exit_code_of(wire_client& client, const std::string& script) {
    const auto answer = client.ask("exec", {{"shell", script}});
    return static_cast<int>(answer.result().at("exit_code").as_int64());
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_hardening)

#ifndef TUG_SANITIZED // a leak checker has to attach to its own process, so it is left dumpable there

BOOST_AUTO_TEST_CASE(its_commands_cannot_look_into_it, *utf::precondition(can_be_nobody)) {
    const temp_dir root;
    BOOST_TEST_REQUIRE(::chown(root.path().c_str(), nobody, nobody) == 0);
    launch how;
    how.root = root.path().string();
    how.wrapper = {setpriv, "--reuid=65534", "--regid=65534", "--clear-groups", "--"};
    const tugd_under_test tugd({"--log-level", "off"}, how);
    auto client = tugd.connect();
    const auto proc = "/proc/" + std::to_string(tugd.pid());
    BOOST_TEST(exit_code_of(client, "test $(id -u) = 65534") == 0);
    BOOST_TEST(exit_code_of(client, "kill -0 " + std::to_string(tugd.pid())) == 0); // it is the same user
    BOOST_TEST(exit_code_of(client, "cat /proc/self/environ >/dev/null") == 0);
    for (const auto* file : {"/environ", "/mem", "/maps", "/auxv", "/fd/0"})
        BOOST_TEST(exit_code_of(client, "cat " + proc + file + " >/dev/null 2>&1") != 0, file);
}

#endif

BOOST_AUTO_TEST_CASE(it_leaves_no_core) {
    const tugd_under_test tugd;
    const auto limits = read_file("/proc/" + std::to_string(tugd.pid()) + "/limits");
    const auto at = limits.find("Max core file size");
    BOOST_TEST_REQUIRE(at != std::string::npos);
    const auto line = limits.substr(at, limits.find('\n', at) - at);
    BOOST_TEST(line.find_first_not_of(' ', std::string("Max core file size").size()) == line.find('0'), line);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
