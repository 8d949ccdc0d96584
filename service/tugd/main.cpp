// tugd: the daemon. A main() around tug::service::server: it reads its configuration, prepares the process, and turns
// signals into calls of the server. The main thread starts no processes, so that the orphans of commands are the only
// children that it has to reap.

#include "check/check.hpp"
#include "config.hpp"
#include "key_setup.hpp"
#include "os/terminate_handler.hpp"
#include "process/death_watch.hpp"
#include "process/helper_main.hpp"
#include "process/orphans.hpp"
#include "process/slices.hpp"
#include "process_setup.hpp"
#include "service_manager.hpp"
#include "tls_setup.hpp"

#include <tug/net/blocked_signals.hpp>
#include <tug/net/task_group.hpp>
#include <tug/os/standard_streams.hpp>
#include <tug/proto/remedy.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <thread>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// What people read beside the daemon's name: where it listens.
std::string status_of(const server& s) {
    std::string out = "listening on";
    for (const auto& where : s.addresses()) out += " " + where.to_string();
    return out;
}

/// Tells the manager that the daemon is alive as long as every I/O thread finds time to say so.
asio::awaitable<void> keep_alive(server& s, service_manager& manager) {
    const auto interval = manager.interval();
    if (!interval) co_return;
    const auto io = co_await asio::this_coro::executor;
    asio::steady_timer clock(io);
    for (;;) {
        s.when_responsive([io, &manager] { asio::post(io, [&manager] { manager.alive(); }); });
        clock.expires_after(*interval);
        const auto [ec] = co_await clock.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
    }
}

void reload_keys(server& s, const config& c, const log& logger) {
    if (c.no_auth) return;
    auto keys = read_keys(c);
    if (!keys) {
        logger.error("keys_kept", {{"why", keys.error().message}});
        return;
    }
    const auto count = keys->size();
    s.set_keys(std::move(*keys));
    logger.info("keys_reloaded", {{"count", std::to_string(count)}}); // who reads it finds the new ones
}

void reopen_audit(server& s, const config& c, const log& logger) {
    const auto opened = s.reopen_audit();
    if (!opened)
        logger.error("audit_kept", {{"why", opened.error().message}});
    else if (*opened)
        logger.info("audit_reopened", {{"file", c.server.audit}});
}

/// SIGTERM always ends the daemon. A hang-up or a Ctrl-C is not meant for one that was started to ignore it: by nohup,
/// or by a shell in the background.
void obey_unless_ignored(asio::signal_set& signals, const log& logger) {
    if (!is_ignored(SIGINT)) signals.add(SIGINT);
    if (!is_ignored(SIGHUP))
        signals.add(SIGHUP);
    else
        logger.info("sighup_ignored",
                    {{"why", "tugd was started so; keys and certificates are read at its start alone"}});
}

/// Every command's end sends SIGCHLD, and only the orphans among them are ours to reap. No client waits for that, so it
/// is done at most this often: a daemon that runs 1,000 commands a second is not woken 1,000 times more.
constexpr auto between_reaps = std::chrono::milliseconds(100);

void set_child_signal(int how) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGCHLD);
    pthread_sigmask(how, &one, nullptr);
}

/// Reaps, and lets SIGCHLD wait for a while: it stays pending and comes once, however often it is sent.
void reap_and_pause(asio::steady_timer& pause) {
    reap_orphans();
    set_child_signal(SIG_BLOCK);
    pause.expires_after(between_reaps);
    pause.async_wait([](boost::system::error_code ec) {
        if (!ec) set_child_signal(SIG_UNBLOCK); // else the pause began anew: a second signal had come before it
    });
}

/// After the grace period a server takes a few seconds to end. What takes longer is stuck in the kernel: a disk or a
/// network file system that does not answer.
constexpr auto most_beyond_grace = std::chrono::seconds(10);

/// Ends the process where the server has not ended by then: its threads cannot be joined.
void give_up_after(asio::steady_timer& clock, std::chrono::milliseconds time, const log& logger) {
    clock.expires_after(time);
    clock.async_wait([&logger](boost::system::error_code ec) {
        if (ec) return;
        logger.error("stuck", {{"why", "a disk does not answer; what it was to do is left behind"}});
        std::_Exit(1);
    });
}

/// Until `over`, which is set before the signals are cancelled: a signal that has arrived by then wakes up as well.
asio::awaitable<void> obey_signals(asio::signal_set& signals, server& s, const config& c, const log& logger,
                                   service_manager& manager, const bool& over) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    asio::steady_timer deadline(co_await asio::this_coro::executor);
    bool stopping = false;
    reap_and_pause(pause);
    for (;;) {
        const auto [ec, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec || over) co_return;
        switch (number) {
        case SIGCHLD: reap_and_pause(pause); break;
        case SIGHUP:
            manager.reloading();
            reload_keys(s, c, logger);
            reload_tls(s, c, logger);
            reopen_audit(s, c, logger);
            manager.ready(status_of(s));
            break;
        default:
            logger.info("stopping", {{"signal", number == SIGTERM ? "TERM" : "INT"}});
            manager.stopping("calls in flight have " + std::to_string(c.server.grace.count()) + " ms");
            s.stop();
            // The second one has cut the grace period short.
            give_up_after(deadline, most_beyond_grace + (stopping ? std::chrono::milliseconds() : c.server.grace),
                          logger);
            stopping = true;
        }
    }
}

int serve(config c) {
    auto passed = take_passed_sockets();
    service_manager manager;
    if (c.default_listen && !passed.empty()) c.server.listen.clear();
    const death_watch watched(c.server.cgroup); // while there is this thread alone
    const auto logger = std::make_shared<const log>(c.level, c.format);
    install_terminate_handler();
    set_up_process(c.server, c.no_new_privs);
    std::optional<key_ring> keys;
    if (!c.no_auth) {
        auto loaded = read_keys(c);
        if (!loaded) {
            std::cerr << "tugd: " << loaded.error().message << ": " << remedy(loaded.error()) << '\n';
            return 1;
        }
        keys = std::move(*loaded);
    }
    // Before any thread: all of them inherit a mask in which signals are the main thread's.
    asio::io_context io(1);
    asio::signal_set signals(io, SIGTERM, SIGCHLD);
    obey_unless_ignored(signals, *logger);
    unblock_signals();
    server s(c.server, std::move(keys), logger);
    if (const auto ready = set_up_tls(s, c, *logger); !ready) {
        std::cerr << "tugd: " << ready.error().message << ": " << remedy(ready.error()) << '\n';
        return 1;
    }
    for (auto& socket : passed) s.listen_on(std::move(socket));
    s.announce_on(c.announce);
    s.start();
    warn_of_plaintext(s, *logger);
    for (const auto& where : s.addresses()) std::cout << "tugd listening on " << where.to_string() << '\n';
    if (const auto where = s.metrics_address()) std::cout << "tugd metrics on " << where->to_string() << '\n';
    std::cout << std::flush;
    if (!watched && ::getpid() != 1)
        logger->warning("unwatched", {{"risk", "where this process is killed its commands run on"}});
    logger->info("started", {{"version", TUG_VERSION}, {"root", c.server.root}});
    manager.ready(status_of(s));

    bool over = false;
    net::task_group tasks(io.get_executor());
    tasks.spawn(obey_signals(signals, s, c, *logger, manager, over));
    tasks.spawn(keep_alive(s, manager));
    std::optional<net::blocked_signals> inherited(std::in_place);
    std::thread waiter([&] {
        s.wait();
        asio::post(io, [&] {
            over = true;
            signals.cancel();
            tasks.cancel();
        });
    });
    inherited.reset();
    io.run();
    waiter.join();
    logger->info("stopped");
    return 0;
}

} // namespace

} // namespace tug::service

int main(int argc, char** argv) {
    if (const auto code = tug::service::helper_main(argc, argv)) return *code;
    tug::os::open_standard_streams();
    tug::service::take_short_slices(); // before there are threads: a call is answered also while commands compute
    const auto parsed = tug::service::parse_config(argc, argv);
    if (!parsed.run) return parsed.exit_code;
    try {
        if (parsed.settings.check) return tug::service::check_all(parsed.settings, std::cout);
        return tug::service::serve(parsed.settings);
    } catch (const std::exception& e) {
        std::cerr << "tugd: " << e.what() << '\n';
    }
    return 1;
}
