#include "report.hpp"
#include "works.hpp"

#include <tug/jobs.hpp>
#include <tug/transfer.hpp>

#include <unistd.h>

#include <optional>
#include <stdexcept>
#include <string>

namespace tug::bench {

namespace asio = boost::asio;

namespace {

/// Only the starts are timed, not what becomes of the jobs.
asio::awaitable<void> start_some(client& c, std::uint64_t count, const std::string& name, latencies& all) {
    for (std::uint64_t n = 0; n < count; ++n) {
        job_options how;
        how.name = name + std::to_string(n);
        const auto began = now_ns();
        co_await c.jobs().start(command("/bin/true"), how);
        all.record(now_ns() - began);
        const auto ended = co_await c.jobs().wait(how.name);
        if (!ended.ok()) throw std::runtime_error("/bin/true failed");
        co_await c.jobs().remove(how.name);
    }
}

/// Takes what comes, and keeps nothing of it.
class nowhere final : public sink {
public:
    asio::awaitable<void> write(chunk bytes) override {
        bytes_ += bytes.bytes().size();
        co_return;
    }

    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    std::uint64_t bytes_ = 0;
};

} // namespace

void run_jobs(const target& to, std::uint64_t count) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        const auto name = "bench-" + std::to_string(::getpid()) + "-";
        latencies warm_up;
        co_await start_some(c, count / 20 + 1, name + "w", warm_up);
        latencies all;
        const meter used(to.pid);
        co_await start_some(c, count, name, all);
        report("jobs").add(count, "jobs/s", used.read()).add(all).print();
    };
    with_client(to, work);
}

void run_job_list(const target& to, std::uint64_t times) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        std::uint64_t jobs = 0;
        latencies all;
        std::optional<meter> used;
        for (std::uint64_t n = 0; n <= times; ++n) {
            if (n == 1) used.emplace(to.pid); // before it tugd reads what it did not know
            const auto began = now_ns();
            auto listing = co_await c.jobs().list();
            for (jobs = 0;; ++jobs) {
                const auto one = co_await listing.next();
                if (!one) break;
            }
            if (n > 0) all.record(now_ns() - began);
        }
        report("job-list").add("jobs", jobs).add(times, "listings/s", used->read()).add(all).print();
    };
    with_client(to, work);
}

void run_attach(const target& to, const std::string& job) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        const meter used(to.pid);
        std::uint64_t got = 0;
        auto seen = co_await c.jobs().attach(job);
        for (;;) {
            const auto piece = co_await seen.read_out();
            if (piece.empty()) break;
            got += piece.bytes().size();
        }
        co_await seen.wait();
        report("attach").add("bytes", got).add(got >> 20U, "MiB/s", used.read()).print();
    };
    with_client(to, work);
}

void run_read(const target& to, const std::string& remote) {
    const auto work = [&](client& c) -> asio::awaitable<void> {
        const meter used(to.pid);
        nowhere dropped;
        co_await c.get(remote, dropped, get_options());
        report("read").add("bytes", dropped.bytes()).add(dropped.bytes() >> 20U, "MiB/s", used.read()).print();
    };
    with_client(to, work);
}

} // namespace tug::bench
