#include "wire.hpp"

#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/transfer.hpp>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

using namespace tug;
using namespace std::chrono_literals;

namespace {

std::string params_of(const command& c) {
    return boost::json::serialize(detail::to_wire(c.settings()).to_json());
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_command)

BOOST_AUTO_TEST_CASE(arguments) {
    BOOST_TEST(params_of(command("make", "-j4", std::string("all"))) == R"({"argv":["make","-j4","all"]})");
    const std::vector<std::string> words{"a", "b c"};
    BOOST_TEST(params_of(command(words)) == R"({"argv":["a","b c"]})");
    BOOST_TEST(params_of(command::shell("echo $HOME")) == R"({"shell":"echo $HOME"})");
}

BOOST_AUTO_TEST_CASE(everything_else) {
    const auto c = command("x")
                       .in("src")
                       .env("K", "1")
                       .env("K", "2")
                       .clear_env()
                       .timeout(1500ms)
                       .output_limit(7)
                       .with_stdin()
                       .keep_children();
    BOOST_TEST(params_of(c) == R"({"argv":["x"],"cwd":"src","env":{"K":"2"},"clear_env":true,"stdin":true,)"
                               R"("output_limit":7,"keep_children":true,"timeout_ms":1500})");
    BOOST_TEST(command("x").settings().collect_at_most == command::default_collect);
    BOOST_TEST((command("x").timeout(0ms).settings().timeout == 1ms));
}

BOOST_AUTO_TEST_CASE(terminals_users_and_limits) {
    BOOST_TEST(params_of(command::login().user("deploy:www").terminal({24, 80, "vt220"}).with_stdin()) ==
               R"({"login":true,"user":"deploy:www","stdin":true,"pty":{"rows":24,"cols":80,"term":"vt220"}})");
    resource_limits most;
    most.memory_bytes = 1;
    most.processes = 2;
    most.cpu = 3s;
    most.open_files = 4;
    most.file_bytes = 5;
    most.nice = -6;
    BOOST_TEST(params_of(command("x").limits(most)) ==
               R"({"argv":["x"],"limits":{"memory_bytes":1,"processes":2,"cpu_ms":3000,"open_files":4,)"
               R"("file_bytes":5,"nice":-6}})");
}

BOOST_AUTO_TEST_CASE(time_limits_are_cut_to_what_a_server_takes) {
    struct row {
        std::chrono::milliseconds given;
        std::chrono::milliseconds taken;
    };

    using std::chrono::milliseconds;
    for (const auto& [given, taken] : {row{milliseconds::max(), 24h}, row{24h + 1ms, 24h}, row{24h, 24h}, row{5s, 5s},
                                       row{0ms, 1ms}, row{milliseconds::min(), 1ms}}) {
        BOOST_TEST((command("x").timeout(given).settings().timeout == taken));
        BOOST_TEST((put_options().timeout(given).settings().timeout == taken));
        BOOST_TEST((get_options().timeout(given).settings().timeout == taken));
        BOOST_TEST((connect_options().deadline(given).deadline() == taken));
        BOOST_TEST((connect_options().answer_within(given).answer_within() == taken));
    }
}

BOOST_AUTO_TEST_CASE(grace_is_cut_to_what_a_server_takes) {
    BOOST_TEST((command("x").grace(-1ms).settings().grace == 0ms));
    BOOST_TEST((command("x").grace(24h).settings().grace == 60s));
    BOOST_TEST(params_of(command("x").grace(1500ms)) == R"({"argv":["x"],"grace_ms":1500})");
}

BOOST_AUTO_TEST_CASE(input_gives_a_stdin) {
    auto c = command("cat");
    c.input("bytes");
    BOOST_TEST(c.settings().with_stdin);
    BOOST_TEST(c.settings().input.value() == "bytes");
}

BOOST_AUTO_TEST_CASE(setters_of_a_temporary_copy_nothing) {
    std::string big(100'000, 'x');
    const auto* const bytes = big.data();
    std::string script(1'000, '#');
    const auto* const text = script.data();
    const command c = command::shell(std::move(script)).input(std::move(big)).in("/src").env("K", "V").timeout(5s);
    BOOST_TEST(static_cast<const void*>(c.settings().input->data()) == bytes);
    BOOST_TEST(static_cast<const void*>(c.settings().shell->data()) == text);
    auto all = command(c).settings(); // a copy, and what is taken out of it
    BOOST_TEST(all.input->size() == 100'000U);

    std::string name(1'000, 'n');
    const auto* const letters = name.data();
    const streams which = streams().to_server(std::move(name)).to_client("out");
    BOOST_TEST(static_cast<const void*>(which.all().front().name.data()) == letters);
}

template <class Setters>
constexpr bool returns_itself = std::is_same_v<decltype(std::declval<Setters&>().timeout(1s)), Setters&> &&
                                std::is_same_v<decltype(std::declval<Setters>().timeout(1s)), Setters&&>;
static_assert(returns_itself<command> && returns_itself<put_options> && returns_itself<get_options>);

BOOST_AUTO_TEST_CASE(ok_is_exit_0_and_nothing_else) {
    exec_result r;
    BOOST_TEST(!r.ok());
    r.exit_code = 0;
    BOOST_TEST(r.ok());
    r.reason = exec_reason::timed_out;
    BOOST_TEST(!r.ok());
}

BOOST_AUTO_TEST_SUITE_END()
