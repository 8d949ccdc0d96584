#include "jobs/holder_main.hpp"

#include "jobs/hand_over.hpp"
#include "jobs/held_job.hpp"
#include "jobs/holder_server.hpp"
#include "os/terminate_handler.hpp"
#include "process/orphans.hpp"
#include "process/slices.hpp"

#include <tug/os/write_all.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// As a daemon of its own: nothing of the one that started it is shared.
void stand_apart() {
    ::setsid();
    [[maybe_unused]] const int moved = ::chdir("/");
    ::prctl(PR_SET_NAME, "tug-job", 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGCHLD, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    static_cast<void>(become_subreaper());
}

/// SIGTERM ends the job; who ends the whole host sends it to every process. A signal that has arrived when the signals
/// are cancelled wakes up as well: the job is done by then, and nothing would end another wait.
asio::awaitable<void> obey_signals(asio::signal_set& signals, held_job& of) {
    for (;;) {
        const auto [ec, number] = co_await signals.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec || of.done()) co_return;
        if (number == SIGCHLD)
            reap_orphans();
        else
            of.work().end(proto::exec_reason::cancelled);
    }
}

asio::awaitable<void> hold(asio::io_context& io, held_job& of, os::unique_fd talk) {
    const auto outcome = co_await of.start();
    const auto text = outcome.to_text();
    static_cast<void>(os::write_all(talk.get(), std::as_bytes(std::span(text))));
    talk.reset();
    take_usual_slices();
    if (outcome.what != launch_outcome::kind::started) co_return;
    asio::signal_set signals(io, SIGTERM, SIGCHLD);
    holder_server server(io, of);
    net::task_group tasks(io.get_executor());
    tasks.spawn(obey_signals(signals, of));
    tasks.spawn(server.accept(of.take_socket()));
    co_await of.run();
    co_await server.stop();
    signals.cancel();
    co_await tasks.join();
}

} // namespace

int hold_main(std::span<char*> arguments) {
    if (arguments.size() != 2) return 2;
    os::unique_fd talk(std::atoi(arguments[0]));
    stand_apart();
    ::dup2(talk.get(), STDERR_FILENO); // until there is a directory
    install_terminate_handler();
    install_crash_handler();
    take_short_slices(); // until it has said what came of the launch
    holder_tools tools(arguments[1]);
    const auto handed = receive_hand_over(talk.get());
    if (!handed) return 0; // a spare one that was not needed
    auto how = job_launch::parse(handed->launch);
    if (!how) return 1; // the daemon was killed while it wrote
    held_job of(tools, std::move(*how), handed->given);
    net::task_group tasks(tools.io.get_executor());
    tasks.spawn(hold(tools.io, of, std::move(talk)));
    tools.io.run();
    // Of jobs before it, whose kept children have ended since: no one else would look before the daemon starts anew.
    if (of.launch().keep_children && tools.cgroups) tools.cgroups->remove_leftovers();
    return 0;
}

} // namespace tug::service
