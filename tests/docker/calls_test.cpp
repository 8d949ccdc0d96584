// Commands on a service in another container.

#include "remote.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace tug::test {

namespace {

asio::awaitable<void> square(client& on, int number) {
    const auto made = co_await on.exec(command::shell("echo $((N * N))").env("N", std::to_string(number)));
    BOOST_TEST(made.out == std::to_string(number * number) + "\n");
}

asio::awaitable<void> ping(client& on, int number) {
    const auto text = std::to_string(number);
    const auto back = co_await on.ping(text);
    BOOST_TEST(back == text);
}

/// A command that says its pid and then sleeps; it runs when this returns.
process start_sleeper(loop& on, client& with, std::string& pid) {
    auto sleeper = on.wait(with.start(command::shell("echo $$; exec sleep 1000")));
    while (pid.find('\n') == std::string::npos) pid += on.wait(sleeper.read_out()).text();
    pid.pop_back();
    return sleeper;
}

bool runs(loop& on, client& with, const std::string& pid) {
    return on.wait(with.exec(command::shell("kill -0 " + pid))).ok();
}

} // namespace

BOOST_AUTO_TEST_SUITE(docker_calls)

BOOST_AUTO_TEST_CASE(says_hello) {
    loop on;
    auto client = on.connect();
    BOOST_TEST(client.server().starts_with("tug/"));
    BOOST_TEST(client.permissions().size() == 3U);
    BOOST_TEST(on.wait(client.ping("over the network")) == "over the network");
    on.wait(client.close());
    BOOST_TEST(!client.is_open());
}

BOOST_AUTO_TEST_CASE(runs_a_command) {
    loop on;
    auto client = on.connect();
    const auto made =
        on.wait(client.exec(command("sh", "-c", "cat; echo \"$1 $GREETING\" >&2; exit 3", "sh", "an argument")
                                .env("GREETING", "hello")
                                .input("its input")));
    BOOST_TEST((made.reason == exec_reason::exited));
    BOOST_TEST((made.exit_code == 3));
    BOOST_TEST(made.out == "its input");
    BOOST_TEST(made.err == "an argument hello\n");
    const auto killed = on.wait(client.exec(command::shell("kill -9 $$")));
    BOOST_TEST((killed.signal == "KILL"));
    BOOST_TEST((error_of([&] { on.wait(client.exec(command("no-such-program"))); }) == errc::exec_not_found));
}

BOOST_AUTO_TEST_CASE(many_calls_on_one_connection) {
    loop on;
    auto client = on.connect();
    for (int i = 0; i < 200; ++i) on.start(ping(client, i));
    for (int i = 0; i < 100; ++i) on.start(square(client, i));
    on.wait_all();
}

BOOST_AUTO_TEST_CASE(many_clients) {
    loop on;
    std::vector<client> clients;
    for (int i = 0; i < 16; ++i) clients.push_back(on.connect());
    for (int i = 0; i < 64; ++i) on.start(square(clients[static_cast<std::size_t>(i) % clients.size()], i));
    on.wait_all();
}

BOOST_AUTO_TEST_CASE(a_cancel_kills) {
    loop on;
    auto client = on.connect();
    std::string pid;
    auto sleeper = start_sleeper(on, client, pid);
    BOOST_TEST(runs(on, client, pid));
    sleeper.cancel();
    sleeper.discard_output();
    const auto ended = on.wait(sleeper.wait());
    BOOST_TEST((ended.reason == exec_reason::cancelled));
    BOOST_TEST(!runs(on, client, pid));
}

BOOST_AUTO_TEST_CASE(a_timeout_kills) {
    loop on;
    auto client = on.connect();
    const auto ended = on.wait(client.exec(command("sleep", "1000").timeout(std::chrono::milliseconds(100))));
    BOOST_TEST((ended.reason == exec_reason::timed_out));
    BOOST_TEST((ended.signal == "TERM"));
}

BOOST_AUTO_TEST_CASE(a_client_that_is_gone_kills) {
    loop on;
    auto client = on.connect();
    std::string pid;
    {
        auto other = on.connect();
        const auto sleeper = start_sleeper(on, other, pid);
        BOOST_TEST(runs(on, client, pid));
    }
    // The service learns it when it does; a command that waits for it is the event.
    const auto waited = on.wait(client.exec(command::shell("while kill -0 " + pid + " 2>/dev/null; do sleep 0.05; done")
                                                .timeout(std::chrono::seconds(20))));
    BOOST_TEST(waited.ok());
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_refused) {
    loop on;
    const auto address = variable("TUG_ADDRESS");
    const auto file = variable("TUG_KEY_FILE");
    const auto id = credentials::from_file(file).key_id();
    const auto right = credentials::from_file(file).key();
    const auto log_in = [&](const connect_options& how) {
        return error_of([&] { (void)on.wait(client::connect(address, how)); });
    };
    const auto with = [](const credentials& who) { return as_the_service_wants().with(who); };
    BOOST_TEST((log_in(with(credentials(id, proto::secret_key()))) == errc::auth_failed));
    BOOST_TEST((log_in(with(credentials("nobody", right))) == errc::auth_failed));
    BOOST_TEST((log_in(as_the_service_wants()) == errc::auth_required));
    BOOST_TEST(!log_in(with(credentials(id, right))));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
