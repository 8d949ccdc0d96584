#include "support/fake_server.hpp"
#include "support/raw_client.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// A server that may be any program: every await ends, memory is bounded, and nothing but a whole file is ever written.

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

using script = fake_server::script;
using user = std::function<asio::awaitable<errc>(client&)>;

/// Lets the client connect and call while the server follows its script; says what the call ended with.
errc outcome(script says, user calls) {
    errc ended = errc::success;
    run([&]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto client = co_await client::connect(server.address());
            ended = co_await calls(client);
        }
        co_await server.stop();
    });
    return ended;
}

asio::awaitable<errc> ping(client& c) {
    co_return co_await error_of(c.ping("x"));
}

asio::awaitable<errc> exec(client& c) {
    co_return co_await error_of(c.exec(command("true").collect_at_most(100)));
}

asio::awaitable<errc> put(client& c) {
    co_return co_await error_of(c.put_bytes("12345", "a"));
}

/// A script that greets, waits for one request and answers it with these frames.
script after_request(std::vector<std::string> envelopes) {
    return [envelopes](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive();
        for (const auto& envelope : envelopes) co_await peer.send(envelope);
        co_await peer.until_closed();
    };
}

/// A script that greets, waits for one request and sends these bytes.
script after_request_raw(std::string bytes) {
    return [bytes](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive();
        co_await peer.send_raw(bytes);
        co_await peer.until_closed();
    };
}

constexpr auto usage = R"("usage":{"user_us":1,"system_us":1,"max_rss_bytes":1},"wall_us":1)";
constexpr auto empty_digest = "xxh3-128:99aa06d3014798d86001c324468d497f";

std::string exec_result_of(std::size_t out_bytes, const std::string& reason = R"("reason":"exited","exit_code":0)") {
    const std::string none = std::string(R"({"bytes":0,"digest":")") + empty_digest + "\"}";
    const std::string out =
        out_bytes == 0 ? none : R"({"bytes":)" + std::to_string(out_bytes) + R"(,"digest":"xxh3-128:00"})";
    return "{" + reason + R"(,"stdout":)" + out + R"(,"stderr":)" + none + "," + usage + "}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_hostile_server)

BOOST_AUTO_TEST_CASE(envelopes_that_no_server_sends) {
    const std::vector<std::string> bad{
        "no json",
        "[]",
        R"({"jsonrpc":"2.0"})",
        R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})",
        R"({"jsonrpc":"2.0","id":2,"result":"x"})",
        R"({"jsonrpc":"2.0","id":"1","result":"x"})",
        R"({"jsonrpc":"2.0","id":null,"result":"x"})",
        R"({"jsonrpc":"2.0","id":1,"id":1,"result":"x"})",
        R"({"jsonrpc":"2.0","id":7,"method":"exec","params":{"argv":["rm"]}})",
        R"({"jsonrpc":"2.0","method":"rpc.cancel","params":{"call":1}})",
        R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"stdout"}})",
        R"({"jsonrpc":"2.0","method":"rpc.credit","params":{"call":1,"stream":"data","bytes":1}})",
        std::string(40, '[') + std::string(40, ']'),
        std::string(60'000, '['),
    };
    for (const auto& envelope : bad) {
        const auto ended = outcome(after_request({envelope}), ping);
        BOOST_TEST(ended == errc::protocol_violation, envelope.substr(0, 80) << ": " << name_of(ended));
    }
}

BOOST_AUTO_TEST_CASE(frames_that_no_server_sends) {
    BOOST_TEST(outcome(after_request_raw(header(0, 0)), ping) == errc::protocol_violation);
    BOOST_TEST(outcome(after_request_raw(header(0xffff'ffff, 0)), ping) == errc::protocol_violation);
    BOOST_TEST(outcome(after_request_raw(header(10, 0xffff'ffff)), ping) == errc::protocol_violation);
    BOOST_TEST(outcome(after_request_raw("HTTP/1.1 400 Bad Request\r\n\r\n"), ping) == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(answers_of_the_wrong_shape) {
    const auto answer = [](std::string result) {
        return after_request({R"({"jsonrpc":"2.0","id":1,"result":)" + result + "}"});
    };
    BOOST_TEST(outcome(answer("{}"), ping) == errc::protocol_violation);
    BOOST_TEST(outcome(answer("\"y\""), ping) == errc::protocol_violation);
    for (const std::string result : {"1", "null", "[]", "{}", R"({"size":"5"})", R"({"size":5})"}) {
        const auto ended = outcome(answer(result), put);
        BOOST_TEST(ended == errc::protocol_violation, result << ": " << name_of(ended));
    }
}

BOOST_AUTO_TEST_CASE(a_result_before_the_streams_have_ended) {
    const auto ended = outcome(after_request({R"({"jsonrpc":"2.0","id":1,"result":)" + exec_result_of(0) + "}"}), exec);
    BOOST_TEST(ended == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(exec_results_that_are_not_true) {
    const auto says = [](std::string out, std::string result) -> script {
        return [=](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive();
            co_await peer.data("stdout", out, true);
            co_await peer.data("stderr", "", true);
            co_await peer.result(result);
            co_await peer.until_closed();
        };
    };
    BOOST_TEST(outcome(says("", exec_result_of(0)), exec) == errc::success);
    BOOST_TEST(outcome(says("abc", exec_result_of(0)), exec) == errc::size_mismatch);
    BOOST_TEST(outcome(says("abc", exec_result_of(3)), exec) == errc::digest_mismatch);
    BOOST_TEST(outcome(says("", exec_result_of(0, R"("reason":"fine","exit_code":0)")), exec) ==
               errc::protocol_violation);
    BOOST_TEST(outcome(says("", exec_result_of(0, R"("reason":"exited")")), exec) == errc::protocol_violation);
    BOOST_TEST(outcome(says("", exec_result_of(0, R"("reason":"exited","exit_code":256)")), exec) ==
               errc::protocol_violation);
    BOOST_TEST(outcome(says(std::string(101, 'x'), exec_result_of(101)), exec) == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(output_without_end_is_bounded) {
    const script flood = [](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive();
        for (;;) co_await peer.data("stdout", std::string(1'000'000, 'x'));
    };
    BOOST_TEST(outcome(flood, exec) == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(more_than_the_credit) {
    const script flood = [](fake_peer& peer) -> asio::awaitable<void> {
        co_await peer.hello();
        (void)co_await peer.receive();
        for (int i = 0; i < 3; ++i) co_await peer.data("stdout", std::string(1'000'000, 'x'));
        co_await peer.until_closed();
    };
    const user reads_nothing = [](client& c) -> asio::awaitable<errc> {
        auto process = co_await c.start(command("true"));
        co_return co_await error_of(process.wait());
    };
    BOOST_TEST(outcome(flood, reads_nothing) == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(stored_before_it_was_sent) {
    const std::string big(3'000'000, 'x');
    const user put_much = [&](client& c) -> asio::awaitable<errc> {
        co_return co_await error_of(c.put_bytes(big, "a"));
    };
    const auto early = after_request({R"({"jsonrpc":"2.0","id":1,"result":{"size":3000000,"digest":"xxh3-128:00"}})"});
    BOOST_TEST(outcome(early, put_much) == errc::protocol_violation);
}

BOOST_AUTO_TEST_CASE(stored_something_else) {
    const auto says = [](std::string result) -> script {
        return [=](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            for (bool eof = false; !eof;) {
                const auto f = co_await peer.receive();
                eof = f.envelope.find("\"eof\":true") != std::string::npos;
            }
            co_await peer.result(result);
            co_await peer.until_closed();
        };
    };
    BOOST_TEST(outcome(says(R"({"size":4,"digest":"xxh3-128:00"})"), put) == errc::size_mismatch);
    BOOST_TEST(outcome(says(R"({"size":5,"digest":"xxh3-128:00"})"), put) == errc::digest_mismatch);
    BOOST_TEST(outcome(says(R"({"size":5,"digest":""})"), put) == errc::digest_mismatch);
}

BOOST_AUTO_TEST_CASE(a_get_that_is_not_true_leaves_what_was_there) {
    struct row {
        std::string body;
        std::string result;
        bool eof;
        errc ends;
    };

    const auto said = [](std::string size, std::string bytes, std::string digest) {
        return R"({"size":)" + size + R"(,"bytes":)" + bytes + R"(,"digest":")" + digest +
               R"(","mode":420,"mtime_ns":0})";
    };
    const std::vector<row> rows{
        {"abc", said("3", "3", "xxh3-128:00"), true, errc::digest_mismatch},
        {"abc", said("3", "3", ""), true, errc::digest_mismatch},
        {"abc", said("3", "3", digest_of("abd")), true, errc::digest_mismatch},
        {"abc", said("3", "2", digest_of("abc")), true, errc::size_mismatch},
        {"", said("3", "0", empty_digest), true, errc::size_mismatch},
        {"abc", said("4", "4", "xxh3-128:00"), true, errc::size_mismatch},
        {"abc", said("9", "3", "xxh3-128:00"), true, errc::size_mismatch},
        {"abc", said("3", "3", "xxh3-128:00"), false, errc::protocol_violation},
        {"abc", "{}", true, errc::protocol_violation},
        {"", R"({"size":0,"bytes":0,"digest":"x","mode":4095,"mtime_ns":0})", true, errc::protocol_violation},
    };
    for (const auto& r : rows) {
        const temp_dir dir;
        write_file(dir / "kept", "old");
        const script says = [&](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive();
            co_await peer.data("data", r.body, r.eof);
            co_await peer.result(r.result);
            co_await peer.until_closed();
        };
        const user gets = [&](client& c) -> asio::awaitable<errc> {
            co_return co_await error_of(c.get("a", dir / "kept"));
        };
        BOOST_TEST(outcome(says, gets) == r.ends, r.result);
        BOOST_TEST(read_file(dir / "kept") == "old");
        std::size_t files = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++files;
        BOOST_TEST(files == 1U);
    }
}

BOOST_AUTO_TEST_CASE(more_than_the_length_that_was_asked_for) {
    const auto pieces_of = [](std::size_t size) -> script {
        return [size](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive();
            for (;;) co_await peer.data("data", std::string(size, 'x'));
        };
    };
    const auto says = pieces_of(1000);
    const user gets = [](client& c) -> asio::awaitable<errc> {
        co_return co_await error_of(c.get_bytes("a", get_options().length(10)));
    };
    BOOST_TEST(outcome(says, gets) == errc::protocol_violation);
    BOOST_TEST(outcome(pieces_of(6), gets) == errc::protocol_violation); // each of them would have been right
    const user endless = [](client& c) -> asio::awaitable<errc> {
        co_return co_await error_of(c.get_bytes("a", get_options().max_bytes(5'000)));
    };
    BOOST_TEST(outcome(says, endless) == errc::size_mismatch);
}

BOOST_AUTO_TEST_CASE(a_silent_server_is_not_awaited_for_ever) {
    run([]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, stay_silent);
        {
            auto how = connect_options().answer_within(std::chrono::milliseconds(100));
            auto client = co_await client::connect(server.address(), std::move(how));
            const auto ended = co_await error_of(client.ping());
            BOOST_TEST(ended == errc::timed_out);
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(what_it_says_is_safe_to_print) {
    const auto says = after_request(
        {R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"\u001b[2Jx\ny\u009bz","data":{"name":"internal_error"}}})"});
    const user prints = [](client& c) -> asio::awaitable<errc> {
        try {
            (void)co_await c.ping();
        } catch (const error& e) {
            const std::string text = e.what();
            BOOST_TEST(text.starts_with("internal_error: ?[2Jx?y?"));
            co_return e.failure().code;
        }
        co_return errc::success;
    };
    BOOST_TEST(outcome(says, prints) == errc::internal_error);
}

BOOST_AUTO_TEST_SUITE_END()
