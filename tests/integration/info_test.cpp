// rpc.info: how a server is, and what of it a caller sees.

#include "support/proc.hpp"
#include "support/sdk_run.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/net/tls.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(info_test)

BOOST_AUTO_TEST_CASE(a_key_without_permissions_is_answered) {
    const test_server server({.adjust = [](auto& o) { o.commands = 17; }, .with_keys = true});
    auto c = server.connect("get");
    const auto& found = c.ask("rpc.info");
    BOOST_TEST(found.at("commands") == R"({"used":0,"allowed":17})");
    BOOST_TEST(found.at("draining") == "false");
    BOOST_TEST(found.at("recording") == R"("off")");
    const auto& root = found.result().at("root");
    BOOST_TEST(root.at("writable").as_bool());
    BOOST_TEST(root.at("total_bytes").to_number<std::uint64_t>() > 0U);
    BOOST_TEST(!found.result().contains("jobs"));
    BOOST_TEST((found.result().at("limits").at("max_commands") == 17));
    BOOST_TEST(c.ask("rpc.info", R"({"path":"/"})").error() == "invalid_params");
}

BOOST_AUTO_TEST_CASE(nothing_is_told_before_the_login) {
    const test_server server({.with_keys = true});
    auto c = server.unauthenticated();
    c.hello();
    BOOST_TEST(c.ask("rpc.info").error() == "auth_required");
}

/// It is the root of the key that is looked at; where that is missing all else is told.
BOOST_AUTO_TEST_CASE(the_root_is_that_of_the_key) {
    const test_server server({.with_keys = true, .lines = {{"boxed", "get root=/box"}}});
    auto c = server.connect("boxed");
    BOOST_TEST(
        c.ask("rpc.info").at("root") ==
        R"({"error":"ENOENT","writable":false,"total_bytes":0,"available_bytes":0,"files_total":0,"files_free":0})");
    fs::create_directory(server.in_root("box"));
    BOOST_TEST(c.ask("rpc.info").result().at("root").at("writable").as_bool());
}

BOOST_AUTO_TEST_CASE(a_key_learns_its_own_rules) {
    const test_server server(
        {.with_keys = true, .lines = {{"narrow", "exec,get root=/box argv0=git env=LC_* record memory=1M cpu=2"}}});
    BOOST_TEST(server.connect("narrow").ask("rpc.info").at("rules") ==
               R"(["root","argv0=git","env=LC_*","memory=1048576","cpu=2","record"])");
    auto all = server.connect();
    BOOST_TEST(!all.ask("rpc.info").result().contains("rules"));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_certificate) {
    test_ca ca;
    const auto own = ca.issue({.until = std::chrono::hours(24)});
    test_server server({.prepare = [&](tug::service::server& it) {
        it.set_tls(tug::net::tls_context::for_server({own.certificate, own.key, {}}).value());
    }});
    raw_client c(server.address(), tls_wish());
    (void)c.hello();
    const auto& found = c.ask("rpc.info");
    const auto left = found.result().at("certificate_ends_ms").as_int64() - found.result().at("time_ms").as_int64();
    BOOST_TEST((left > 86'000'000 && left <= 86'401'000), left);
    const test_server plain;
    auto other = plain.connect();
    BOOST_TEST(!other.ask("rpc.info").result().contains("certificate_ends_ms"));
}

BOOST_AUTO_TEST_CASE(what_runs_is_counted) {
    test_server server;
    auto c = server.connect();
    const auto busy = c.call("exec", R"({"stdin":true,"shell":"echo ready; read x"})");
    c.read(busy, "stdout", 6);
    BOOST_TEST((c.ask("rpc.info").result().at("commands").at("used") == 1));
    c.write(busy, "stdin", "x\n", true);
    c.wait(busy);
    BOOST_TEST(c.ask("get", R"({"path":"missing"})").error() == "not_found");
    const auto totals = c.ask("rpc.info").result().at("totals").as_object();
    BOOST_TEST((totals.at("commands") == 1));
    BOOST_TEST((totals.at("failed_calls") == 1));
    BOOST_TEST((totals.at("sent_bytes") == 6));
    BOOST_TEST((totals.at("received_bytes") == 2));
    BOOST_TEST((totals.at("connections") == 1));
}

BOOST_AUTO_TEST_CASE(the_sdk_brings_it) {
    const temp_dir state;
    test_server server({.adjust = [&](auto& o) {
        o.state_dir = state / "jobs";
        o.jobs = 3;
        o.grace = std::chrono::milliseconds(1234);
    }});
    run([&]() -> asio::awaitable<void> {
        auto client = co_await tug::client::connect(server.address());
        const auto info = co_await client.info();
        BOOST_TEST(info.server == client.server());
        BOOST_TEST(!info.hostname.empty());
        BOOST_TEST(info.cores >= 1U);
        BOOST_TEST(info.connections.used == 1U);
        BOOST_TEST(info.connections.allowed == 12'000U);
        BOOST_TEST(info.descriptors.used > 0U);
        BOOST_TEST((info.jobs.has_value() && info.jobs->allowed == 3U && info.state->writable));
        BOOST_TEST(info.limits.at("grace_ms") == 1234U);
        BOOST_TEST((info.lookup == "openat2" || info.lookup == "walk"));
        const auto off = std::chrono::system_clock::now() - info.time;
        BOOST_TEST((off < std::chrono::minutes(1) && off > -std::chrono::minutes(1)));
        BOOST_TEST(!client.was_draining());
    });
}

BOOST_AUTO_TEST_CASE(draining_is_told) {
    test_server server;
    auto c = server.connect();
    const auto busy = c.call("exec", R"({"stdin":true,"shell":"echo ready; read x"})");
    c.read(busy, "stdout", 6);
    server.it().stop();
    BOOST_TEST(eventually([&] { return c.ask("rpc.info").at("draining") == "true"; }));
    c.write(busy, "stdin", "x\n", true);
    c.wait(busy);
    server.it().wait();
}

/// A connection that was accepted before the server began to end, and is greeted after that.
BOOST_AUTO_TEST_CASE(hello_tells_of_it) {
    test_ca ca;
    const auto own = ca.issue();
    test_server server({.prepare = [&](tug::service::server& it) {
        it.set_tls(tug::net::tls_context::for_server({own.certificate, own.key, {}}).value());
    }});
    raw_client c(server.address(), tls_wish());
    BOOST_TEST(!c.hello().contains("draining"));
    const auto busy = c.call("exec", R"({"stdin":true,"shell":"echo ready; read x"})");
    c.read(busy, "stdout", 6);
    asio::io_context io;
    asio::ip::tcp::socket late(io);
    const auto where = server.it().addresses().front();
    late.connect({asio::ip::make_address(where.host), where.port});
    BOOST_TEST(eventually([&] { return c.ask("rpc.info").result().at("connections").at("used") == 2; }));
    server.it().stop();
    BOOST_TEST(eventually([&] { return c.ask("rpc.info").at("draining") == "true"; }));
    tls_peer peer(late.native_handle());
    std::string heard(4096, '\0');
    heard.resize(peer.read(heard.data(), heard.size()));
    BOOST_TEST(heard.find(R"("draining":true)") != std::string::npos, heard);
    c.write(busy, "stdin", "x\n", true);
    c.wait(busy);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
