// A job that a pool runs once, over connections that are cut, on real hosts.

#include "support/cutting_proxy.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <tug/pool.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tug::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

struct job_host {
    explicit job_host(const temp_dir& dir, const std::string& name) : root(dir / name) {
        std::filesystem::create_directory(root);
        daemon = std::make_unique<tugd_process>(std::vector<std::string>{
            "--listen", "127.0.0.1:0", "--root", root, "--no-auth", "--state-dir", dir / (name + ".state")});
    }

    std::string root;
    std::unique_ptr<tugd_process> daemon;
};

/// How often the job of that name has run there.
std::ptrdiff_t runs(const job_host& host, const std::string& job) {
    const auto file = host.root + "/" + job;
    return std::filesystem::exists(file) ? std::ranges::count(read_file(file), '\n') : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_jobs_test)

BOOST_AUTO_TEST_CASE(a_job_runs_once_wherever_its_connection_is_cut) {
    const temp_dir dir;
    const job_host a(dir, "a");
    const job_host b(dir, "b");
    for (std::size_t cut = 300; cut < 3'000; cut += 300) {
        const auto job = "job" + std::to_string(cut);
        asio::io_context io(1);
        run_on(io, [&]() -> asio::awaitable<void> {
            cutting_proxy to_a(io.get_executor(), a.daemon->address(), cut);
            cutting_proxy to_b(io.get_executor(), b.daemon->address(), cut);
            {
                pool hosts(io.get_executor(), {to_a.address(), to_b.address()},
                           pool_options().wait_at_most(20s).attempts(5));
                const auto r = co_await hosts.run_once(job, command::shell("echo >>" + job + "; echo done"));
                BOOST_TEST(r.out == "done\n");
                const auto again = co_await hosts.run_once(job, command::shell("echo >>" + job + "; echo done"));
                BOOST_TEST(again.out == "done\n");
            }
            co_await to_a.stop();
            co_await to_b.stop();
        });
        BOOST_TEST(runs(a, job) + runs(b, job) == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test
