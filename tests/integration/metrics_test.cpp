// What a server tells machines over plain HTTP.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <tug/net/tls.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::test;

class connection {
public:
    explicit connection(const tug::net::address& where) {
        const asio::ip::tcp::endpoint to(asio::ip::make_address(where.host), where.port);
        socket_.connect(to);
    }

    /// All that comes until the server closes.
    std::string ask(std::string_view text) {
        boost::system::error_code ec;
        asio::write(socket_, asio::buffer(text), ec);
        std::string out;
        asio::read(socket_, asio::dynamic_buffer(out), ec);
        return out;
    }

private:
    asio::io_context io_;
    asio::ip::tcp::socket socket_{io_};
};

struct watched {
    watched() : watched({.adjust = [](auto& o) { o.metrics = local; }, .with_keys = true}) {}

    explicit watched(const server_setup& how) : server(how) {}

    static inline const tug::net::address local{"127.0.0.1", 0, ""};
    test_server server;

    std::string get(std::string_view path) {
        return connection(*server.it().metrics_address())
            .ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }

    /// The value of that sample; empty where there is none.
    std::string value(std::string_view sample) {
        const auto page = get("/metrics");
        const auto at = page.find("\n" + std::string(sample) + " ");
        if (at == std::string::npos) return {};
        const auto from = at + sample.size() + 2;
        return page.substr(from, page.find('\n', from) - from);
    }
};

BOOST_FIXTURE_TEST_SUITE(metrics_test, watched)

BOOST_AUTO_TEST_CASE(pages) {
    BOOST_TEST(get("/healthz").starts_with("HTTP/1.1 200"));
    BOOST_TEST(get("/readyz").starts_with("HTTP/1.1 200"));
    BOOST_TEST(get("/readyz?verbose").starts_with("HTTP/1.1 200"));
    BOOST_TEST(get("/metrics").find("version=0.0.4") != std::string::npos);
    BOOST_TEST(get("/").starts_with("HTTP/1.1 404"));
    const auto where = *server.it().metrics_address();
    BOOST_TEST(connection(where).ask("POST /metrics HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 405"));
    const auto head = connection(where).ask("HEAD /healthz HTTP/1.0\r\n\r\n");
    BOOST_TEST(head.find("Content-Length: 3\r\n") != std::string::npos, head);
    BOOST_TEST(head.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(two_requests_on_one_connection) {
    const auto both = connection(*server.it().metrics_address())
                          .ask("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\nGET /readyz HTTP/1.0\r\n\r\n");
    BOOST_TEST(both.find("ok\n") != std::string::npos, both);
    BOOST_TEST(both.ends_with("ready\n"), both);
}

/// What is no HTTP, has a body or too long a header ends that connection alone.
BOOST_AUTO_TEST_CASE(bad_requests) {
    const auto where = *server.it().metrics_address();
    const std::vector<std::string> bad{"\x16\x03\x01 hello", "GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
                                       "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\n\r\n"};
    for (const auto& text : bad) BOOST_TEST(connection(where).ask(text).find("200") == std::string::npos);
    BOOST_TEST(get("/healthz").starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_CASE(silent_connections_do_not_keep_others_out_for_ever) {
    const auto where = *server.it().metrics_address();
    std::list<connection> silent;
    for (int i = 0; i < 15; ++i) silent.emplace_back(where);
    BOOST_TEST(get("/healthz").starts_with("HTTP/1.1 200"));
    silent.emplace_back(where);
    silent.emplace_back(where);
    BOOST_TEST(silent.back().ask("").empty()); // one more than there may be is closed at once
}

BOOST_AUTO_TEST_CASE(calls_are_counted) {
    auto c = server.connect();
    BOOST_TEST(c.ask("exec", R"({"argv":["echo","12345"]})").error().empty());
    BOOST_TEST(c.ask("exec", R"({"argv":["sh","-c","kill -9 $$"]})").error().empty());
    BOOST_TEST(c.ask("get", R"({"path":"missing"})").error() == "not_found");
    BOOST_TEST(c.ask("no.such.method\\\"}").error() == "method_not_found");
    BOOST_TEST(c.is_served());
    BOOST_TEST(value(R"(tug_calls_total{method="exec",outcome="ok"})") == "2");
    BOOST_TEST(value(R"(tug_calls_total{method="get",outcome="not_found"})") == "1");
    BOOST_TEST(value(R"(tug_calls_total{method="unknown",outcome="method_not_found"})") == "1");
    BOOST_TEST(value(R"(tug_calls_total{method="rpc.ping",outcome="ok"})") == "1");
    BOOST_TEST(value(R"(tug_call_duration_seconds_count{method="exec"})") == "2");
    BOOST_TEST(value(R"(tug_call_duration_seconds_bucket{method="exec",le="+Inf"})") == "2");
    BOOST_TEST(value(R"(tug_stream_bytes_total{method="exec",direction="sent"})") == "6");
    BOOST_TEST(value(R"(tug_commands_ended_total{reason="exited"})") == "1");
    BOOST_TEST(value(R"(tug_commands_ended_total{reason="signaled"})") == "1");
    BOOST_TEST(value("tug_commands_running") == "0");
    BOOST_TEST(get("/metrics").find("no.such") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(waits_are_counted) {
    auto c = server.connect();
    BOOST_TEST(value(R"(tug_queue_wait_seconds_count{queue="starts"})") == "0");
    const auto first = c.call("exec", R"({"argv":["true"]})");
    BOOST_TEST(c.ask("exec", R"({"argv":["true"],"after":[)" + std::to_string(first) + "]}").error().empty());
    BOOST_TEST(value(R"(tug_queue_wait_seconds_count{queue="starts"})") == "2");
    BOOST_TEST(value(R"(tug_queue_wait_seconds_count{queue="order"})") == "1");
    BOOST_TEST(value(R"(tug_queue_wait_seconds_bucket{queue="order",le="+Inf"})") == "1");
}

BOOST_AUTO_TEST_CASE(connections_and_logins_are_counted) {
    auto c = server.connect();
    auto stranger = server.unauthenticated();
    stranger.hello();
    BOOST_TEST(stranger.authenticate("all", key_of("exec")).error() == "auth_failed");
    BOOST_TEST(value(R"(tug_logins_total{outcome="ok"})") == "1");
    BOOST_TEST(value(R"(tug_logins_total{outcome="auth_failed"})") == "1");
    BOOST_TEST(value("tug_connections_accepted_total") == "2");
    BOOST_TEST(std::stoi(value("tug_connections")) >= 1);
    BOOST_TEST(std::stod(value("process_resident_memory_bytes")) > 1e6);
}

BOOST_AUTO_TEST_CASE(jobs_and_the_certificate_where_there_are_any) {
    for (const auto* name : {"tug_jobs_running", "tug_jobs_kept_limit", "tug_certificate_end_timestamp_seconds"})
        BOOST_TEST(value(name) == "", name);
    test_ca ca;
    const auto own = ca.issue({.until = std::chrono::hours(24)});
    const temp_dir state;
    const auto with_jobs = [&](auto& o) {
        o.metrics = local;
        o.state_dir = state / "jobs";
        o.jobs = 3;
    };
    const auto with_tls = [&](tug::service::server& it) {
        it.set_tls(tug::net::tls_context::for_server({own.certificate, own.key, {}}).value());
    };
    watched other({.adjust = with_jobs, .prepare = with_tls});
    BOOST_TEST(other.value("tug_jobs_running") == "0");
    BOOST_TEST(other.value("tug_jobs_running_limit") == "3");
    BOOST_TEST(other.value("tug_jobs_kept") == "0");
    const auto ends = std::stoll(other.value("tug_certificate_end_timestamp_seconds"));
    const auto left = ends - std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    BOOST_TEST((left > 86'000 && left <= 86'400), left);
}

/// A load balancer is told before the listeners are gone, and as long as calls are finished.
BOOST_AUTO_TEST_CASE(a_server_that_ends_is_not_ready) {
    auto c = server.connect();
    const auto busy = c.call("exec", R"({"stdin":true,"shell":"echo ready; read x"})");
    c.read(busy, "stdout", 6);
    server.it().stop();
    BOOST_TEST(eventually([&] { return get("/readyz").starts_with("HTTP/1.1 503"); }));
    BOOST_TEST(get("/healthz").starts_with("HTTP/1.1 200"));
    c.write(busy, "stdin", "x\n", true);
    c.wait(busy);
    server.it().wait();
}

BOOST_AUTO_TEST_SUITE_END()

/// Nothing listens unless it is asked to.
BOOST_AUTO_TEST_CASE(no_metrics_unless_asked_for) {
    test_server server;
    BOOST_TEST(!server.it().metrics_address().has_value());
}

} // namespace
