// A name whose look-up never ends holds none who leaves: neither `tug` nor a call of tugd, nor tugd itself.

#include "support/build_paths.hpp"
#include "support/forwarding_tests.hpp"
#include "support/proc.hpp"

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

struct fixture {
    temp_dir dir;
    std::string begun = dir / "begun";
    environment env{{"LD_PRELOAD", bin_dir() + "/hanging_names.so"}, {"HANGING_NAMES", begun}};

    /// Waits until so many look-ups have begun.
    void await_begun(std::uintmax_t count) const {
        BOOST_REQUIRE(eventually([&] { return begun_now() >= count; }));
    }

    [[nodiscard]] std::uintmax_t begun_now() const {
        return std::filesystem::exists(begun) ? std::filesystem::file_size(begun) : 0;
    }
};

/// With the one that asks.
std::int64_t connections_of(const tugd_process& tugd) {
    const auto info = json_of(run({"tug", "info", "--json", tugd.address()}));
    return info.at("connections").at("used").as_int64();
}

BOOST_FIXTURE_TEST_SUITE(hanging_names_test, fixture)

BOOST_AUTO_TEST_CASE(tug_can_be_ended) {
    const std::vector<std::vector<std::string>> all{
        {"ping", "host.hangs"},   {"exec", "host.hangs", "true"},         {"exec", "pool:host.hangs", "true"},
        {"doctor", "host.hangs"}, {"forward", "host.hangs", "-W", "a:1"},
    };
    std::uintmax_t count = 0;
    for (auto words : all) {
        words.insert(words.begin(), "tug");
        program tug(words, env);
        await_begun(++count);
        tug.signal(SIGINT);
        tug.wait();
        BOOST_TEST(tug.ended_by() == SIGINT, words[1]);
    }
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_it) {
    const auto r = run({"tug", "ping", "--timeout", "0.2", "host.hangs"}, {}, env);
    BOOST_TEST(r.exit_code == 1);
    BOOST_TEST(contains(r.err, "timed_out"));
}

BOOST_AUTO_TEST_CASE(what_tug_forward_connects_to_and_listens_at) {
    const forwarding_tugd there;
    program tug({"tug", "forward", there.daemon.address(), "-R", "0:host.hangs:80"}, env);
    const auto near = plain_socket::to_port(port_in(tug.read_line()));
    await_begun(1);
    tug.signal(SIGINT);
    tug.wait();
    BOOST_TEST(tug.ended_by() == SIGINT);
    BOOST_TEST(near.ended());
    program listening({"tug", "forward", there.daemon.address(), "-L", "host.hangs:0:host:80"}, env);
    await_begun(2);
    listening.signal(SIGINT);
    listening.wait();
    BOOST_TEST(listening.ended_by() == SIGINT);
}

BOOST_AUTO_TEST_CASE(a_call_of_tugd_is_cancelled_and_tugd_ends) {
    const temp_dir root;
    tugd_process tugd({"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-connect", "*:*",
                       "--grace", "0"},
                      env);
    for (int i = 0; i < 3; ++i) {
        program tug({"tug", "forward", tugd.address(), "-W", "host.hangs:80"});
        await_begun(1);
        BOOST_REQUIRE(eventually([&] { return connections_of(tugd) == 2; }));
        tug.signal(SIGINT);
        tug.wait();
        BOOST_TEST(tug.ended_by() == SIGINT);
        BOOST_TEST(eventually([&] { return connections_of(tugd) == 1; })); // that of the call has ended
    }
    BOOST_TEST(begun_now() == 1U); // the same look-up, however often it is asked for
    program tug({"tug", "forward", tugd.address(), "-W", "host.hangs:80"});
    BOOST_TEST(tugd.stop() == 0);
    BOOST_TEST(tug.wait() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
