#include "arguments.hpp"
#include "worker.hpp"

#include <tug/os/standard_streams.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace tug::worker {

namespace {

struct options {
    queue_options queue;
    host_flags host;
    worker_options work;
    std::vector<std::string> pool;
};

void declare(CLI::App& app, options& o) {
    app.set_version_flag("--version", "tug-worker " TUG_VERSION);
    app.option_defaults()->always_capture_default();
    add_queue_flags(app, o.queue);
    app.add_option("--pool", o.pool,
                   "the hosts that jobs run on: HOST:PORT,..., or one name for all that it resolves to")
        ->envname("TUG_POOL")
        ->type_name("LIST")
        ->delimiter(',')
        ->required();
    o.host.add_to(app);
    app.add_option("--parallel", o.work.parallel, "jobs at once")->type_name("N")->check(CLI::Range(1, 1024, ""));
    app.add_option("--tail", o.work.tail, "bytes of each output that a result has")
        ->type_name("BYTES")
        ->check(CLI::Range(0, 65'536, ""));
    add_seconds(
        app, "--ack-wait", o.queue.ack_wait,
        "after which a request of a worker that says nothing goes to another one, where the queue is made (30)");
    add_seconds(app, "--lost-after", o.work.lost_after,
                "how long the host of a job is waited for until its end is told as unknown (600)");
}

int work(const options& o) {
    asio::io_context io(1);
    queue_link queue(o.queue);
    host_set hosts(io.get_executor(), o.pool, o.host.options());
    worker all(io.get_executor(), queue, hosts, o.work);
    asio::cancellation_signal stop;
    asio::signal_set signals(io, SIGINT, SIGTERM);
    std::exception_ptr failed;
    bool asked = false;
    signals.async_wait([&](boost::system::error_code ec, int) {
        asked = !ec;
        if (asked) stop.emit(asio::cancellation_type::terminal);
    });
    asio::co_spawn(io, all.run(), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr thrown) {
                       failed = thrown;
                       io.stop();
                   }));
    io.run();
    all.join();
    if (!asked && failed) std::rethrow_exception(failed);
    return 0;
}

int run(int argc, char** argv) {
    options o;
    CLI::App app("Takes jobs from a queue of NATS JetStream and runs them on hosts with tugd", "tug-worker");
    declare(app, o);
    CLI11_PARSE(app, argc, argv);
    o.queue.wait_for_server = true;
    return work(o);
}

} // namespace

} // namespace tug::worker

int main(int argc, char** argv) {
    tug::os::open_standard_streams();
    return tug::worker::guarded("tug-worker", [&] { return tug::worker::run(argc, argv); });
}
