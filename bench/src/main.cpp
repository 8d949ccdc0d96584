// tug-bench: loads a running tugd and prints one JSON object a line. See bench/README.md.

#include "works.hpp"

#include <tug/os/flag_numbers.hpp>

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <limits>
#include <map>

namespace tug::bench {

namespace {

/// Everything that a command line can say.
struct arguments {
    std::string address = "127.0.0.1:8840";
    std::string key_file;
    std::string tls_ca;
    std::optional<std::uint64_t> max_window;
    std::size_t depth = 1;
    pid_t pid = 0;
    rpc_settings rpc{};
    files_settings files{};
    idle_settings idle{};
    pool_settings pool{};
    std::uint64_t count = 1000;
    std::uint64_t bytes = std::uint64_t{1} << 30U;
    std::uint64_t times = 1;
    std::string from;
    std::string to;
};

CLI::Validator whole(std::uint64_t lowest, std::uint64_t highest = 1'000'000'000'000) {
    return {[=](std::string& text) { return os::take_whole_number(text, lowest, highest); }, ""};
}

CLI::Validator seconds(double lowest, double highest) {
    return {[=](std::string& text) { return os::take_seconds(text, lowest, highest); }, ""};
}

target target_of(const arguments& a) {
    target out;
    out.address = a.address;
    if (!a.key_file.empty()) out.key = credentials::from_file(a.key_file);
    out.max_window = a.max_window;
    if (!a.tls_ca.empty()) out.tls = tls_options().ca_file(a.tls_ca);
    if (a.pid > 0) out.pid = a.pid;
    return out;
}

void declare_rpc(CLI::App& app, arguments& a) {
    auto* c = app.add_subcommand("rpc", "rpc.ping, DEPTH in flight on each of CONNECTIONS");
    c->add_option("--connections", a.rpc.connections)->capture_default_str()->transform(whole(1));
    c->add_option("--depth", a.rpc.depth, "Calls in flight on each")->capture_default_str()->transform(whole(1, 4096));
    c->add_option("--payload", a.rpc.payload, "Bytes")->capture_default_str()->transform(whole(1, 65000));
    c->add_option("--seconds", a.rpc.seconds)->capture_default_str()->transform(seconds(0.001, 86400));
    c->add_flag("--raw", a.rpc.raw, "The server is bench-raw-epoll: bytes that come back");
    c->callback([&] { run_rpc(target_of(a), a.rpc); });
}

void declare_commands(CLI::App& app, arguments& a) {
    auto* exec = app.add_subcommand("exec", "/bin/true again and again on one connection");
    exec->add_option("--count", a.count)->capture_default_str()->transform(whole(1));
    exec->add_option("--depth", a.depth, "Commands in flight")->capture_default_str()->transform(whole(1));
    exec->callback([&] { run_exec(target_of(a), a.count, a.depth); });
    auto* output = app.add_subcommand("output", "The output of `head -c BYTES /dev/zero`");
    output->add_option("--bytes", a.bytes)->capture_default_str()->transform(whole(0));
    output->callback([&] { run_output(target_of(a), a.bytes); });
}

void declare_jobs(CLI::App& app, arguments& a) {
    auto* start = app.add_subcommand("jobs", "Jobs of /bin/true, one after the other");
    start->add_option("--count", a.count)->capture_default_str()->transform(whole(1));
    start->callback([&] { run_jobs(target_of(a), a.count); });
    auto* list = app.add_subcommand("job-list", "All jobs, listed again and again");
    list->add_option("--times", a.times)->capture_default_str()->transform(whole(1));
    list->callback([&] { run_job_list(target_of(a), a.times); });
    auto* attach = app.add_subcommand("attach", "All that a job has kept of its output");
    attach->add_option("JOB", a.from)->required();
    attach->callback([&] { run_attach(target_of(a), a.from); });
    auto* read = app.add_subcommand("read", "A file, read and dropped");
    read->add_option("FROM", a.from)->required();
    read->callback([&] { run_read(target_of(a), a.from); });
}

void declare_transfers(CLI::App& app, arguments& a) {
    for (const bool put : {true, false}) {
        auto* c = app.add_subcommand(put ? "put" : "get", put ? "One file to the server" : "One file from the server");
        c->add_option("FROM", a.from)->required();
        c->add_option("TO", a.to)->required();
        c->add_option("--times", a.times)->capture_default_str()->transform(whole(1));
        c->callback([&a, put] { (put ? run_put : run_get)(target_of(a), a.from, a.to, a.times); });
    }
    auto* c = app.add_subcommand("files", "Many small files, pipelined on one connection");
    c->add_option("DIRECTION", a.files.put)
        ->required()
        ->transform(CLI::CheckedTransformer(std::map<std::string, bool>{{"put", true}, {"get", false}}));
    c->add_option("LOCAL", a.files.local, "Directory here")->required();
    c->add_option("REMOTE", a.files.remote, "Directory there")->required();
    c->add_option("--depth", a.files.depth, "Files in flight")->capture_default_str()->transform(whole(1));
    c->add_option("--count", a.files.count, "For get: the files are named 0 ... COUNT-1")->transform(whole(0));
    c->callback([&] { run_files(target_of(a), a.files); });
}

void declare_idle(CLI::App& app, arguments& a) {
    auto* c = app.add_subcommand("idle", "Connections that do nothing: memory and CPU of the server");
    c->add_option("--connections", a.idle.connections)->capture_default_str()->transform(whole(1));
    c->add_option("--seconds", a.idle.seconds)->capture_default_str()->transform(seconds(0.1, 3600));
    c->add_flag("--hold", a.idle.hold, "Print at once, keep them until stdin ends");
    c->callback([&] { run_idle(target_of(a), a.idle); });
}

void declare_pool(CLI::App& app, arguments& a) {
    auto* c = app.add_subcommand("pool", "stat of / on one of HOSTS, DEPTH in flight");
    c->add_option("HOSTS", a.pool.hosts, "Their addresses, with commas between")->required()->delimiter(',');
    c->add_option("--depth", a.pool.depth, "Calls in flight")->capture_default_str()->transform(whole(1, 4096));
    c->add_option("--seconds", a.pool.seconds)->capture_default_str()->transform(seconds(0.1, 3600));
    c->callback([&] { run_pool(target_of(a), a.pool); });
}

void run(int argc, char** argv) {
    arguments a;
    CLI::App app("tug-bench loads a running tugd and prints one JSON object a line.", "tug-bench");
    app.add_option("--address", a.address, "HOST:PORT or unix:PATH")->capture_default_str();
    app.add_option("--key-file", a.key_file, "Logs in with its first key");
    app.add_option("--tls-ca", a.tls_ca, "Speaks TLS, and trusts this CA; exec, put and get");
    app.add_option("--max-window", a.max_window, "Bytes of a stream that may wait here; output and get");
    app.add_option("--pid", a.pid, "The process id of tugd: its CPU time and memory are reported")
        ->transform(whole(1, std::numeric_limits<pid_t>::max()));
    app.require_subcommand(1);
    app.fallthrough();
    declare_rpc(app, a);
    declare_commands(app, a);
    declare_jobs(app, a);
    declare_transfers(app, a);
    declare_idle(app, a);
    declare_pool(app, a);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        std::exit(app.exit(e) == 0 ? 0 : 2);
    }
}

} // namespace

} // namespace tug::bench

int main(int argc, char** argv) {
    try {
        tug::bench::run(argc, argv);
    } catch (const std::exception& e) {
        std::cerr << "tug-bench: " << e.what() << '\n';
        return 1;
    }
    return 0;
}
