#include <tug/command.hpp>
#include <tug/connect_options.hpp>
#include <tug/transfer.hpp>

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>

using namespace tug;
using namespace std::chrono_literals;

namespace {

std::string params_of(const command& c) {
    return boost::json::serialize(c.params().to_json());
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
    BOOST_TEST(command("x").collect_at_most() == command::default_collect);
    BOOST_TEST(command("x").timeout(0ms).params().timeout_ms.value() == 1U);
}

BOOST_AUTO_TEST_CASE(time_limits_are_cut_to_what_a_server_takes) {
    struct row {
        std::chrono::milliseconds given;
        std::chrono::milliseconds taken;
    };

    using std::chrono::milliseconds;
    for (const auto& [given, taken] : {row{milliseconds::max(), 24h}, row{24h + 1ms, 24h}, row{24h, 24h}, row{5s, 5s},
                                       row{0ms, 1ms}, row{milliseconds::min(), 1ms}}) {
        const auto ms = static_cast<std::uint64_t>(taken.count());
        BOOST_TEST(command("x").timeout(given).params().timeout_ms.value() == ms);
        BOOST_TEST(put_options().timeout(given).params().timeout_ms.value() == ms);
        BOOST_TEST(get_options().timeout(given).params().timeout_ms.value() == ms);
        BOOST_TEST((connect_options().deadline(given).deadline() == taken));
        BOOST_TEST((connect_options().answer_within(given).answer_within() == taken));
    }
}

BOOST_AUTO_TEST_CASE(input_is_taken_once) {
    auto c = command("cat");
    c.input("bytes");
    BOOST_TEST(c.params().with_stdin);
    BOOST_TEST(c.take_input().value() == "bytes");
    BOOST_TEST(!c.take_input().has_value());
}

BOOST_AUTO_TEST_CASE(ok_is_exit_0_and_nothing_else) {
    exec_result r;
    BOOST_TEST(!r.ok());
    r.exit_code = 0;
    BOOST_TEST(r.ok());
    r.reason = exec_reason::timed_out;
    BOOST_TEST(!r.ok());
}

BOOST_AUTO_TEST_SUITE_END()
