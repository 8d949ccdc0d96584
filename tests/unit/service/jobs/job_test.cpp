// A job without a call: its stages, its outputs in both kinds of spool, its end.

#include "jobs/job.hpp"

#include "../process/process_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace tug::service;
using namespace tug::test;
using tug::proto::exec_reason;

struct fixture : processes {
    asio::io_context io{1};
    tug::net::condition changed{io.get_executor()};
    orphan_list orphans;
    std::unique_ptr<job> it;

    ~fixture() {
        it.reset();
        pool.join(); // a thread of it that has told its outcome may still hold the executor
    }

    void begin(const std::string& script, const job_settings& how, bool with_stdin = false) {
        auto out = make_pipe();
        auto err = make_pipe();
        auto in = with_stdin ? make_pipe() : pipe_ends();
        auto r = request({"/bin/sh", "-c", script});
        r.stdin_fd = in.read.get();
        r.stdout_fd = out.write.get();
        r.stderr_fd = err.write.get();
        auto process = spawn(r);
        BOOST_REQUIRE(process.has_value());
        started_command command{std::move(*process), {}, std::move(in.write), std::move(out.read), std::move(err.read)};
        it = std::make_unique<job>(io.get_executor(), changed, orphans, pool, how, std::move(command));
        it->start();
    }

    static job_settings dropping(std::size_t bytes = 1000) {
        job_settings how;
        how.policy = when_full::drop_oldest;
        how.kept_bytes = bytes;
        return how;
    }

    /// Runs a coroutine to its end on this thread.
    template <class T>
    T run(asio::awaitable<T> work) {
        auto done = asio::co_spawn(io, std::move(work), asio::use_future);
        io.restart();
        while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
        return done.get();
    }

    /// No attachment reads; the job ends by itself or was told to.
    tug::proto::exec_result finish() {
        run(it->wait_finished());
        it->close();
        run(it->join());
        auto result = it->result();
        it.reset();
        return result;
    }

    std::string kept(tug::service::output& o) const {
        std::string all;
        auto at = o.kept().kept_from();
        for (;;) {
            const auto piece = o.read(at, 100'000);
            if (piece.empty()) return all;
            all += piece.text();
            at += piece.size();
        }
    }
};

/// Reads an output to its end.
asio::awaitable<std::string> read_all(tug::service::output& from, std::size_t most) {
    std::string all;
    for (;;) {
        const bool more = co_await from.readable(all.size());
        if (!more) co_return all;
        all += from.read(all.size(), most).text();
    }
}

BOOST_FIXTURE_TEST_SUITE(job_test, fixture)

BOOST_AUTO_TEST_CASE(it_runs_without_a_listener_where_the_oldest_is_dropped) {
    begin("head -c 3000000 /dev/zero; echo last words; echo complains >&2; exit 3", dropping(11));
    run(it->wait_finished());
    BOOST_TEST(kept(it->standard_output()) == "last words\n");
    BOOST_TEST(kept(*it->standard_error()) == "complains\n");
    const auto result = finish();
    BOOST_TEST((result.reason == exec_reason::exited));
    BOOST_TEST((result.exit_code == 3));
    BOOST_TEST(result.standard_output.bytes == 3'000'011U);
    BOOST_TEST(result.standard_error->bytes == 10U);
}

BOOST_AUTO_TEST_CASE(readers_follow_a_spool_that_drops) {
    begin("echo begun; read x; echo $x", dropping(), true);
    std::string first;
    const auto feeds = [&]() -> asio::awaitable<void> {
        const bool begun = co_await it->standard_output().readable(0);
        BOOST_TEST(begun);
        first = it->standard_output().read(0, 3).text();
        const auto line = tug::proto::chunk::copy_of("words\n");
        const bool written = co_await it->standard_input()->write(line);
        BOOST_TEST(written);
    };
    run(feeds());
    BOOST_TEST(first == "beg");
    BOOST_TEST(run(read_all(it->standard_output(), 2)) == "begun\nwords\n");
    BOOST_TEST(run(read_all(it->standard_output(), 100)) == "begun\nwords\n");
    finish();
}

/// Without a reader nothing is read, so that its memory is that of the pipe.
BOOST_AUTO_TEST_CASE(the_writer_is_held) {
    begin("head -c 3000000 /dev/zero; echo unreached >&2", job_settings());
    BOOST_TEST(run(it->standard_output().readable(0)));
    BOOST_TEST(it->standard_output().kept().written() == 0U);
    BOOST_TEST(it->standard_output().read(0, 7).size() == 7U);
    BOOST_TEST(it->standard_output().kept().written() == 7U); // and not read ahead
    BOOST_TEST(it->standard_output().kept().kept_from() == 7U);
    BOOST_TEST((it->now() == job::stage::running));
    it->end(exec_reason::cancelled);
    const auto result = finish();
    BOOST_TEST((result.reason == exec_reason::cancelled));
    BOOST_TEST((result.signal == "TERM" || result.signal == "PIPE"));
    BOOST_TEST(result.standard_output.bytes == 7U);
}

BOOST_AUTO_TEST_CASE(all_that_was_written_is_read) {
    begin("head -c 300000 /dev/zero; exit 4", job_settings());
    BOOST_TEST(run(read_all(it->standard_output(), 70'000)).size() == 300'000U);
    BOOST_TEST(run(read_all(*it->standard_error(), 1)).empty());
    const auto result = finish();
    BOOST_TEST((result.exit_code == 4));
    BOOST_TEST(result.standard_output.bytes == 300'000U);
}

/// A reader that has left does not block the command.
BOOST_AUTO_TEST_CASE(what_nobody_reads_is_drained) {
    begin("head -c 300000 /dev/zero; echo on >&2", job_settings());
    run(it->standard_output().drain());
    BOOST_TEST(it->standard_output().ended());
    BOOST_TEST(run(read_all(*it->standard_error(), 10)) == "on\n");
    BOOST_TEST(finish().standard_output.bytes == 0U);
}

BOOST_AUTO_TEST_CASE(a_closed_output_is_sigpipe) {
    begin("exec yes", job_settings());
    it->standard_output().close();
    BOOST_TEST(run(read_all(*it->standard_error(), 1000)).find("yes: ") == std::string::npos);
    BOOST_TEST((finish().signal == "PIPE"));
}

// --- its end ---------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_first_reason_counts) {
    begin("trap 'exit 6' TERM; echo ready; while :; do sleep 0.02; done", dropping());
    BOOST_TEST(run(it->standard_output().readable(0)));
    BOOST_TEST(it->signal(0));
    it->end(exec_reason::timed_out);
    it->end(exec_reason::cancelled);
    run(it->wait_finished());
    BOOST_TEST(!it->signal(0));
    const auto result = finish();
    BOOST_TEST((result.reason == exec_reason::timed_out));
    BOOST_TEST((result.exit_code == 6));
    BOOST_TEST((result.survivors == 0U));
}

BOOST_AUTO_TEST_CASE(the_grace_is_cut_and_never_longer) {
    auto how = dropping();
    how.grace = std::chrono::hours(1);
    begin("trap '' TERM; echo ready; while :; do sleep 0.02; done", how);
    BOOST_TEST(run(it->standard_output().readable(0)));
    it->end(exec_reason::cancelled, std::chrono::milliseconds(0));
    BOOST_TEST((finish().signal == "KILL"));
    how.grace = std::chrono::milliseconds(0);
    begin("trap 'exit 5' TERM; echo ready; while :; do sleep 0.02; done", how);
    BOOST_TEST(run(it->standard_output().readable(0)));
    it->end(exec_reason::cancelled);
    BOOST_TEST((finish().signal == "KILL"));
}

/// Every output counts, in both kinds of spool; not a byte more is kept.
BOOST_AUTO_TEST_CASE(the_budget) {
    auto how = dropping(1'000'000);
    how.output_limit = 50'000;
    begin("yes & exec yes >&2", how);
    auto result = finish();
    BOOST_TEST((result.reason == exec_reason::output_limit));
    BOOST_TEST(result.standard_output.bytes + result.standard_error->bytes == 50'000U);
    how.output_limit = 6;
    begin("echo exact", how);
    result = finish();
    BOOST_TEST((result.reason == exec_reason::exited));
    BOOST_TEST(result.standard_output.bytes == 6U);
}

/// One that has the pipe is awaited, but not for ever; then it is ended or, where children are kept, left alone.
BOOST_AUTO_TEST_CASE(a_child_that_holds_the_pipe) {
    for (const bool keeps : {false, true}) {
        auto how = dropping();
        how.keep_children = keeps;
        begin("sleep 1000 & echo $!", how);
        run(it->wait_finished());
        const auto pid = static_cast<pid_t>(std::stol(kept(it->standard_output())));
        BOOST_TEST((finish().exit_code == 0));
        BOOST_TEST(is_running(pid) == keeps);
        if (!keeps) continue;
        ::kill(pid, SIGKILL);
        BOOST_TEST(::waitpid(pid, nullptr, 0) == pid);
    }
}

/// A job that goes before it has finished takes its tree along.
BOOST_AUTO_TEST_CASE(what_was_not_started_leaves_nothing) {
    auto out = make_pipe();
    auto r = request({"sleep", "1000"});
    r.stdout_fd = out.write.get();
    auto process = spawn(r);
    BOOST_REQUIRE(process.has_value());
    const auto pid = process->pid();
    {
        const job never(io.get_executor(), changed, orphans, pool, job_settings(),
                        started_command{std::move(*process), {}, {}, std::move(out.read), {}});
    }
    BOOST_TEST(::kill(pid, 0) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
