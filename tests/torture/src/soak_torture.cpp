// A million calls in ten minutes: pings, commands, transfers, cancels and lost connections. Afterwards tugd has what it
// had after the warm-up: descriptors, threads, memory (1 MiB more at most), and no zombie, no command, no temporary.
// TUG_TORTURE_SOAK_SECONDS makes it shorter, at the same rate.

#include "support/proc.hpp"
#include "support/torture.hpp"
#include "support/tugd_under_test.hpp"

#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr unsigned default_seconds = 600;
constexpr double calls_a_second = 1'000'000.0 / default_seconds;
constexpr double warm_up = 0.2; ///< Of all.
constexpr unsigned workers = 12;
constexpr std::uint64_t most_growth = 1U << 20;
constexpr double settled_after = 120; ///< Seconds; before, malloc still finds its sizes.
constexpr auto settling = std::chrono::seconds(20);

/// What tugd holds while no client is connected.
struct holdings {
    std::size_t descriptors = 0;
    std::size_t threads = 0;
    std::size_t zombies = 0;
    std::size_t temporaries = 0;
    std::size_t commands = 0;
    std::uint64_t resident = 0;
};

std::size_t entries(const std::string& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

/// A command that would stay: marked by an argument that no other has.
const std::string mark = sleep_mark();

holdings now(const tugd_under_test& tugd) {
    holdings h;
    h.descriptors = entries("/proc/" + std::to_string(tugd.pid()) + "/fd");
    h.threads = threads_of(tugd.pid());
    h.zombies = zombies_of(tugd.pid());
    h.commands = processes_with(mark).size();
    h.resident = memory_of(tugd.pid(), "VmRSS");
    for (const auto& entry : fs::directory_iterator(tugd.root()))
        if (entry.path().filename().string().starts_with(".tug-")) ++h.temporaries;
    return h;
}

/// A source that breaks off.
class broken_source : public source {
public:
    asio::awaitable<chunk> next(std::size_t) override {
        if (sent_) throw std::runtime_error("this source is broken");
        sent_ = true;
        co_return chunk::copy_of(std::string(50'000, 'b'));
    }

private:
    bool sent_ = false;
};

struct tally {
    std::uint64_t calls = 0;
    std::array<std::uint64_t, 7> of{};
    std::uint64_t wrong = 0;
    std::string first;

    void complain(const std::string& text) {
        if (wrong++ == 0) first = text;
    }

    void check(bool holds, const char* what) {
        if (!holds) complain(what);
    }
};

connect_options login() {
    return connect_options().with(credentials(std::string(test_key_id), test_key()));
}

/// One client, which calls until it is time to stop.
class worker {
public:
    worker(const tugd_under_test& tugd, tally& all, unsigned number)
        : tugd_(tugd), all_(all), name_("file" + std::to_string(number)), dice_(number), content_(number * 997, 'a') {}

    /// Not faster than the rate: what is asked for is a time and a number.
    asio::awaitable<void> run(clock::time_point begin, clock::time_point end) {
        asio::steady_timer pace(co_await asio::this_coro::executor);
        co_await connect();
        (void)co_await client_.put_bytes(content_, name_);
        for (std::uint64_t done = 0; clock::now() < end; ++done) {
            try {
                co_await call();
            } catch (const std::exception& e) {
                all_.complain(e.what());
            }
            if (!client_.is_open()) co_await connect();
            const std::chrono::duration<double> since_begin(static_cast<double>(done) * workers / calls_a_second);
            const auto due = begin + std::chrono::duration_cast<clock::duration>(since_begin);
            if (due > clock::now() + std::chrono::milliseconds(10)) {
                pace.expires_at(due);
                co_await pace.async_wait(asio::use_awaitable);
            }
        }
        co_await client_.close();
    }

private:
    asio::awaitable<void> connect() { client_ = co_await client::connect(tugd_.address(), login()); }

    asio::awaitable<void> call() {
        const auto draw = dice_() % 1000;
        const unsigned kind = draw < 900   ? 0
                              : draw < 940 ? 1
                              : draw < 970 ? 2
                              : draw < 985 ? 3
                              : draw < 991 ? 4
                              : draw < 996 ? 5
                                           : 6;
        ++all_.calls;
        ++all_.of[kind];
        switch (kind) {
        case 0: co_await ping(); break;
        case 1: co_await get(); break;
        case 2: co_await put(); break;
        case 3: co_await exec(); break;
        case 4: co_await cancel(); break;
        case 5: co_await break_off(); break;
        default: co_await vanish(); break;
        }
    }

    asio::awaitable<void> ping() {
        const std::string payload(dice_() % 1000, 'p');
        const auto back = co_await client_.ping(payload);
        all_.check(back == payload, "a ping brought something else back");
    }

    asio::awaitable<void> get() {
        const auto got = co_await client_.get_bytes(name_);
        all_.check(got == content_, "a get brought something else");
    }

    asio::awaitable<void> put() {
        content_.assign(dice_() % 300'000, static_cast<char>('a' + dice_() % 26));
        auto how = put_options().durable(dice_() % 10 == 0);
        const auto r = co_await client_.put_bytes(content_, name_, std::move(how));
        all_.check(r.size == content_.size(), "a put stored something else");
    }

    asio::awaitable<void> exec() {
        auto what = dice_() % 2 ? command("cat").input(content_) : command::shell("echo out; echo err >&2; exit 3");
        const bool is_cat = what.settings().input.has_value();
        const auto r = co_await client_.exec(std::move(what));
        all_.check(is_cat ? r.out == content_ : r.out == "out\n" && r.err == "err\n" && r.exit_code == 3,
                   "a command did something else");
    }

    asio::awaitable<void> cancel() {
        auto p = co_await client_.start(command("sleep", mark));
        p.cancel();
        p.discard_output();
        auto reason = exec_reason::cancelled;
        try {
            reason = (co_await p.wait()).reason;
        } catch (const error& e) {
            if (e.code() != errc::cancelled) throw; // it had not begun
        }
        all_.check(reason == exec_reason::cancelled, "a cancelled command ended otherwise");
    }

    /// A put whose source breaks off leaves the file as it was.
    asio::awaitable<void> break_off() {
        broken_source source;
        bool thrown = false;
        try {
            (void)co_await client_.put(source, name_);
        } catch (const std::runtime_error&) {
            thrown = true;
        }
        all_.check(thrown, "a broken put succeeded");
        const auto got = co_await client_.get_bytes(name_);
        all_.check(got == content_, "a broken put changed the file");
    }

    /// The connection is lost while a command runs.
    asio::awaitable<void> vanish() {
        auto p = co_await client_.start(command("sleep", mark));
        if (dice_() % 2) (void)co_await client_.ping();
        client_ = client();
    }

    const tugd_under_test& tugd_;
    tally& all_;
    std::string name_;
    std::mt19937 dice_;
    std::string content_;
    client client_;
};

/// More commands at once than the crowd ever has: of what tugd keeps for the next ones, empty cgroups, it has as many
/// afterwards as it will.
void run_many(const tugd_under_test& tugd) {
    asio::io_context io(1);
    std::exception_ptr failed;
    const auto all = [&]() -> asio::awaitable<void> {
        auto on = co_await client::connect(tugd.address(), login());
        std::vector<process> running;
        for (unsigned n = 0; n < 3 * workers; ++n) running.push_back(co_await on.start(command("sleep", mark)));
        while (processes_with(mark).size() < running.size()) (void)co_await on.ping();
        // They end by themselves: to end so many trees at once takes threads and memory, which is not what is to be
        // filled.
        for (auto& p : running) {
            p.discard_output();
            co_await p.signal("TERM");
            (void)co_await p.wait();
        }
        co_await on.close();
    };
    asio::co_spawn(io, all, [&](std::exception_ptr e) { failed = e; });
    io.run();
    if (failed) std::rethrow_exception(failed);
}

/// So long; throws where a worker does.
void soak(const tugd_under_test& tugd, std::chrono::duration<double> time, tally& all) {
    asio::io_context io(1);
    const auto begin = clock::now();
    const auto end = begin + std::chrono::duration_cast<clock::duration>(time);
    std::vector<std::unique_ptr<worker>> crowd;
    std::exception_ptr failed;
    for (unsigned n = 0; n < workers; ++n) {
        crowd.push_back(std::make_unique<worker>(tugd, all, n));
        asio::co_spawn(io, crowd.back()->run(begin, end), [&](std::exception_ptr e) {
            if (e) failed = e;
        });
    }
    io.run();
    if (failed) std::rethrow_exception(failed);
}

/// tugd's end of what was closed follows a little later, as that of threads which only a busy moment needed.
holdings settled(const tugd_under_test& tugd, const holdings& to) {
    (void)eventually(
        [&] {
            const auto h = now(tugd);
            return h.commands == 0 && h.zombies == 0 && h.descriptors <= to.descriptors && h.threads <= to.threads;
        },
        settling);
    return now(tugd);
}

double seconds() {
    const char* said = std::getenv("TUG_TORTURE_SOAK_SECONDS"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    return scaled(said ? static_cast<unsigned>(std::atoi(said)) : default_seconds, 5);
}

int torture() {
    launch how;
    how.with_keys = true;
    tugd_under_test tugd({"--log-level", "off"}, how);
    const auto at_start = now(tugd);
    const auto total = seconds();
    tally warm;
    tally all;
    run_many(tugd);
    soak(tugd, std::chrono::duration<double>(total * warm_up), warm);
    const auto before = settled(tugd, at_start);
    soak(tugd, std::chrono::duration<double>(total * (1 - warm_up)), all);
    const auto after = settled(tugd, before);
    const auto growth = static_cast<std::int64_t>(after.resident) - static_cast<std::int64_t>(before.resident);
    const auto more = [](std::size_t a, std::size_t b) { return static_cast<long>(a) - static_cast<long>(b); };
    const bool small = growth < static_cast<std::int64_t>(most_growth) || total < settled_after;
    const bool kept = after.descriptors == before.descriptors && after.threads == before.threads &&
                      after.zombies == 0 && after.temporaries == 0 && after.commands == 0 && small;
    const bool enough = static_cast<double>(warm.calls + all.calls) > total * calls_a_second * 0.9;
    const auto wrong = warm.wrong + all.wrong;
    if (wrong > 0) std::printf("WRONG: %s\n", (warm.wrong ? warm : all).first.c_str());
    if (!enough) std::printf("WRONG: only %.0f calls a second\n", static_cast<double>(all.calls) / total);
    const int exit_code = tugd.stop();
    std::printf(
        "%.0f s, %lu calls (%lu pings, %lu gets, %lu puts, %lu commands, %lu cancels, %lu broken puts, %lu lost "
        "connections), %lu wrong: descriptors %+ld, threads %+ld, zombies %zu, commands %zu, temporaries %zu, RSS %+ld "
        "KiB\n",
        total, warm.calls + all.calls, all.of[0], all.of[1], all.of[2], all.of[3], all.of[4], all.of[5], all.of[6],
        wrong, more(after.descriptors, before.descriptors), more(after.threads, before.threads), after.zombies,
        after.commands, after.temporaries, static_cast<long>(growth / 1024));
    return kept && enough && wrong == 0 && exit_code == 0 ? 0 : 1;
}

} // namespace

int main() {
    return guarded(torture);
}
