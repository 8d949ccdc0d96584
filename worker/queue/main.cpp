#include "commands.hpp"
#include "worker/arguments.hpp"

#include <tug/os/standard_streams.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tug::worker {

namespace {

struct options {
    queue_options queue;
    submit_options submit;
    result_options result;
    bool list_json = false;
    std::chrono::milliseconds timeout{0};
};

void declare_submit(CLI::App& app, options& o) {
    auto& sub = *app.add_subcommand("submit", "Queue a job: tug queue submit [OPTIONS] -- CMD ARG...");
    auto& s = o.submit;
    sub.add_option("-n,--name", s.name, "the name of the job: it runs once under it (one is made up)")
        ->type_name("NAME");
    sub.add_option("--cwd", s.cwd, "its directory on the host")->type_name("DIR");
    sub.add_option("-e,--env", s.env, "a variable")->type_name("NAME=VALUE")->allow_extra_args(false);
    sub.add_option("--shell", s.shell, "a line for /bin/sh, in the place of a command")->type_name("LINE");
    sub.add_option("--user", s.user, "the user it runs as")->type_name("NAME");
    add_seconds(sub, "--timeout", o.timeout, "end it after that many seconds; also 0.5");
    sub.add_option("--limit", s.limits, "memory_bytes, processes, cpu_ms, open_files or file_bytes, and how much")
        ->type_name("NAME=NUMBER")
        ->allow_extra_args(false);
    sub.add_option("--in", s.in, "a file that is sent to PATH before it starts")
        ->type_name("LOCAL:PATH")
        ->allow_extra_args(false);
    sub.add_option("--out", s.out, "a file that is fetched after its end")->type_name("PATH")->allow_extra_args(false);
    sub.add_option("--from", s.from, "requests as JSON, one a line with its name as `job`; - is standard input")
        ->type_name("FILE");
    sub.add_flag("--json", s.json, "print a JSON object");
}

void declare(CLI::App& app, options& o) {
    app.set_version_flag("--version", "tug-queue " TUG_VERSION);
    app.require_subcommand(1);
    app.option_defaults()->always_capture_default();
    add_queue_flags(app, o.queue);
    app.fallthrough();
    declare_submit(app, o);
    auto& list = *app.add_subcommand("ls", "Say which jobs wait, run and are over: tug queue ls");
    list.add_flag("--json", o.list_json, "a JSON object a line");
    auto& result = *app.add_subcommand("result", "Say how a job ended, and end as it did: tug queue result NAME");
    result.add_option("NAME", o.result.name, "the job")->required();
    result.add_flag("-w,--wait", o.result.wait, "until it has ended");
    result.add_flag("--json", o.result.json, "print its record, also where it is not over");
    result.add_option("--fetch", o.result.fetch, "put its output files there")->type_name("DIR");
}

int run(std::vector<std::string> words) {
    options o;
    const auto end = std::ranges::find(words, "--");
    if (end != words.end()) o.submit.argv.assign(end + 1, words.end());
    words.erase(end, words.end());
    CLI::App app("Jobs through a queue of NATS JetStream, which tug-worker runs", "tug queue");
    declare(app, o);
    for (auto* const sub : app.get_subcommands({})) sub->fallthrough();
    std::ranges::reverse(words); // as CLI11 takes them
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    }
    if (o.timeout.count() > 0) o.submit.timeout = o.timeout;
    queue_link queue(o.queue);
    if (app.got_subcommand("submit")) return submit(queue, o.submit);
    return app.got_subcommand("ls") ? list(queue, o.list_json) : show_result(queue, o.result);
}

} // namespace

} // namespace tug::worker

int main(int argc, char** argv) {
    tug::os::open_standard_streams();
    const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    return tug::worker::guarded("tug-queue", [&] { return tug::worker::run(words); });
}
