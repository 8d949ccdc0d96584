// What the container of the service is made of; skipped where the service runs in none.

#include "remote.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace utf = boost::unit_test;

namespace tug::test {

namespace {

boost::test_tools::assertion_result in_a_container(utf::test_unit_id) {
    loop on;
    auto client = on.connect();
    const auto r = on.wait(client.exec(command("test", "-e", "/.dockerenv")));
    boost::test_tools::assertion_result inside(r.ok());
    inside.message() << "the service runs in no container";
    return inside;
}

} // namespace

BOOST_AUTO_TEST_SUITE(docker_container, *utf::precondition(in_a_container))

BOOST_AUTO_TEST_CASE(commands_are_not_root) {
    loop on;
    auto client = on.connect();
    BOOST_TEST(on.output_of(client, "id -u; id -g") == "10001\n10001\n");
    const auto capabilities = on.output_of(client, "grep -E '^Cap(Prm|Eff)' /proc/self/status");
    BOOST_TEST(capabilities == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(only_the_volume_can_be_written) {
    loop on;
    auto client = on.connect();
    for (const std::string path : {"/usr/bin/x", "/x", "/var/x"}) {
        const auto r = on.wait(client.exec(command::shell("echo x >" + path)));
        BOOST_TEST(!r.ok(), path);
    }
    BOOST_TEST(on.output_of(client, "echo x >volume-file; cat volume-file; pwd; rm volume-file") == "x\n/srv\n");
}

BOOST_AUTO_TEST_CASE(tugd_is_process_1_and_leaves_no_zombies) {
    loop on;
    auto client = on.connect();
    BOOST_TEST(on.output_of(client, "cat /proc/1/comm") == "tugd\n");
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(on.output_of(client, "(setsid sh -c 'true &' &); (true &); echo done") == "done\n");
    // An orphan is reaped when the kernel says so; a command waits until none is left.
    const auto waited = on.wait(
        client.exec(command::shell("while cat /proc/[0-9]*/stat 2>/dev/null | grep -q ') Z 1 '; do sleep 0.05; done")
                        .timeout(std::chrono::seconds(20))));
    BOOST_TEST(waited.ok());
}

BOOST_AUTO_TEST_CASE(keys_are_no_environment) {
    loop on;
    auto client = on.connect();
    BOOST_TEST(on.output_of(client, "env | grep -c ^TUG_ || true") == "0\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
