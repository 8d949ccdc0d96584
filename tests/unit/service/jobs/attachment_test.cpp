// An attachment over a link whose other end is read here, to a job in either kind of spool.

#include "jobs/attachment.hpp"

#include "../process/process_support.hpp"
#include "support/talk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::service;
using namespace tug::test;
using tug::proto::exec_reason;

struct fixture : processes {
    asio::io_context io{1};
    tug::proto::json_reader reader;
    std::vector<std::byte> scratch = std::vector<std::byte>(1024);
    tug::os::unique_fd client; ///< The other end of the link.
    std::shared_ptr<tug::net::link> over;
    std::unique_ptr<tug::net::call_io> streams;
    tug::net::condition changed{io.get_executor()};
    orphan_list orphans;
    std::unique_ptr<job> work;
    std::unique_ptr<attachment> it;
    std::string came;

    fixture() {
        int ends[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
        client.reset(ends[0]);
        tug::net::stream_socket socket(io, asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
        over = std::make_shared<tug::net::link>(tug::net::transport(std::move(socket)), tug::proto::role::server,
                                                tug::proto::limits(), reader, scratch, tug::net::timeouts());
        over->protocol().greet(sample_hello(false));
        auto c = over->protocol().open(tug::proto::call_id(1), exec_streams, tug::proto::call_class::bulk).value();
        streams = std::make_unique<tug::net::call_io>(over, std::move(c));
    }

    ~fixture() {
        it.reset();
        work.reset();
        pool.join(); // a thread of it that has told its outcome may still hold the executor
    }

    void begin(const std::string& script, const job_settings& how, const attachment::positions& from) {
        auto out = make_pipe();
        auto err = make_pipe();
        auto r = request({"/bin/sh", "-c", script});
        r.stdout_fd = out.write.get();
        r.stderr_fd = err.write.get();
        auto process = spawn(r);
        BOOST_REQUIRE(process.has_value());
        started_command command{std::move(*process), {}, {}, std::move(out.read), std::move(err.read)};
        work = std::make_unique<job>(io.get_executor(), changed, orphans, pool, how, std::move(command));
        it = std::make_unique<attachment>(*streams, *work, from);
        work->start();
    }

    /// Runs a coroutine to its end, and reads what the link sends meanwhile.
    void run(asio::awaitable<void> task) {
        const auto done = asio::co_spawn(io, std::move(task), asio::use_future);
        while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
            io.restart();
            io.run_one_for(std::chrono::milliseconds(5));
            receive();
        }
    }

    void receive() {
        char bytes[65'536];
        for (;;) {
            const auto n = ::recv(client.get(), bytes, sizeof bytes, 0);
            if (n <= 0) return;
            came.append(bytes, static_cast<std::size_t>(n));
        }
    }

    /// What came of one stream.
    [[nodiscard]] std::string text(std::string_view stream) const {
        std::string all;
        for (const auto& f : frames_of(came)) {
            const auto envelope = f.json();
            const auto* params = envelope.as_object().if_contains("params");
            if (params && params->as_object().contains("stream") && params->at("stream").as_string() == stream)
                all += f.body;
        }
        return all;
    }

    tug::proto::exec_result finish() {
        run(work->wait_finished());
        run(it->join());
        work->close();
        run(work->join());
        auto result = work->result();
        it->report(result);
        receive();
        it.reset();
        work.reset();
        return result;
    }
};

job_settings dropping(std::size_t bytes) {
    job_settings how;
    how.policy = when_full::drop_oldest;
    how.kept_bytes = bytes;
    return how;
}

std::string digest_of(std::string_view bytes) {
    tug::proto::hasher h(tug::proto::digest_kind::xxh3_128);
    h.update(bytes_of(bytes));
    return h.finish().to_string();
}

BOOST_FIXTURE_TEST_SUITE(attachment_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_written_is_sent) {
    for (const auto& how : {job_settings(), dropping(1000)}) {
        came.clear();
        begin("echo words; echo complains >&2; exit 3", how, {});
        it->start();
        const auto result = finish();
        BOOST_TEST((result.exit_code == 3));
        BOOST_TEST(text("stdout") == "words\n");
        BOOST_TEST(text("stderr") == "complains\n");
        BOOST_TEST(result.standard_output.digest == digest_of("words\n"));
        BOOST_TEST(result.standard_error->digest == digest_of("complains\n"));
    }
}

/// Count and digest are those of what was sent.
BOOST_AUTO_TEST_CASE(from_a_position_on) {
    begin("printf 0123456789; printf abcdef >&2", dropping(1000), {4, 6});
    run(work->wait_finished());
    it->start();
    const auto result = finish();
    BOOST_TEST(text("stdout") == "456789");
    BOOST_TEST(text("stderr") == "");
    BOOST_TEST(result.standard_output.bytes == 6U);
    BOOST_TEST(result.standard_output.digest == digest_of("456789"));
    BOOST_TEST(result.standard_error->bytes == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_dropped_is_not_sent) {
    begin("printf 0123456789", dropping(4), {2, 0});
    run(work->wait_finished());
    it->start();
    const auto result = finish();
    BOOST_TEST(text("stdout") == "6789");
    BOOST_TEST(result.standard_output.bytes == 4U);
    BOOST_TEST(result.standard_output.digest == digest_of("6789"));
}

/// A client that is gone does not block the command: what it wrote, and no client gets, is read all the same.
BOOST_AUTO_TEST_CASE(a_client_that_is_gone) {
    begin("head -c 3000000 /dev/zero; exit 7", job_settings(), {});
    it->start();
    streams->interrupt(tug::proto::failure(tug::proto::errc::cancelled));
    const auto result = finish();
    BOOST_TEST((result.exit_code == 7));
    BOOST_TEST(text("stdout") == "");
    BOOST_TEST(result.standard_output.bytes == 0U);
}

/// No more than the credit, and of a cancelled job what it allows.
BOOST_AUTO_TEST_CASE(without_credit) {
    const auto window = streams->sendable(0);
    begin("head -c 3000000 /dev/zero", job_settings(), {});
    it->start();
    const auto all_sent = [&]() -> asio::awaitable<void> {
        while (streams->sendable(0) > 0) co_await asio::post(io, asio::use_awaitable);
    };
    run(all_sent());
    BOOST_TEST(!work->outputs_ended());
    work->end(exec_reason::cancelled);
    run(work->wait_finished());
    it->leave(true);
    work->close();
    const auto result = finish();
    BOOST_TEST((result.reason == exec_reason::cancelled));
    BOOST_TEST(text("stdout").size() == window);
    BOOST_TEST(result.standard_output.bytes == window);
}

/// What is in the pipe when the job has ended and was not read yet.
BOOST_AUTO_TEST_CASE(the_rest) {
    for (const bool wanted : {true, false}) {
        came.clear();
        begin("echo words; exec sleep 1000", job_settings(), {});
        const auto written = [&]() -> asio::awaitable<void> {
            const bool there = co_await work->standard_output().readable(0);
            BOOST_TEST(there);
        };
        run(written());
        work->end(exec_reason::cancelled);
        run(work->wait_finished());
        it->leave(wanted);
        work->close();
        BOOST_TEST(finish().standard_output.bytes == (wanted ? 6U : 0U));
        BOOST_TEST(text("stdout") == (wanted ? "words\n" : ""));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
