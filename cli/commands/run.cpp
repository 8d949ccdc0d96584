#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"
#include "commands.hpp"
#include "exec_command.hpp"
#include "exec_output.hpp"

#include <tug/bytes.hpp>
#include <tug/run_options.hpp>

#include <boost/json/array.hpp>

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// FROM:TO; FROM alone goes under its own name.
std::pair<std::string, std::string> parts_of(const std::string& flag, const std::string& text) {
    const auto colon = text.find(':');
    const auto from = text.substr(0, colon);
    auto to = colon == std::string::npos ? std::string() : text.substr(colon + 1);
    if (to.empty() || to.ends_with('/')) to.append(base_name(from));
    if (from.empty() || to.empty() || to.ends_with('/'))
        throw usage_error(flag + " " + quoted_name(text) + " names no file on both sides",
                          flag == "--put" ? "write --put LOCAL:REMOTE" : "write --get REMOTE:LOCAL");
    return {from, to};
}

run_options steps_of(const options& o) {
    run_options what;
    for (const auto& text : o.run.puts) {
        auto [local, remote] = parts_of("--put", text);
        what.put(std::move(local), std::move(remote));
    }
    for (const auto& text : o.run.gets) {
        auto [remote, local] = parts_of("--get", text);
        what.get(std::move(remote), std::move(local));
    }
    if (o.run.directory) what.in_fresh_directory(*o.run.directory);
    what.command(command_for(o));
    return what;
}

std::string name_of(const run_step& s) {
    switch (s.what) {
    case run_step::type::make_directory: return "mkdir " + s.remote;
    case run_step::type::put: return "put " + s.local + " as " + s.remote;
    case run_step::type::command: return "the command";
    case run_step::type::get: return "get " + s.remote + " as " + s.local;
    case run_step::type::remove_directory: break;
    }
    return "rm " + s.remote;
}

/// What failed, and what was therefore not done.
void tell_outcome(const run_result& r) {
    for (const auto& s : r.steps) {
        if (!s.why) continue;
        const auto line = s.skipped() ? "not done: " + name_of(s) : name_of(s) + ": " + error(*s.why).what();
        (void)write_all(STDERR_FILENO, printable("tug: " + line) + "\n");
    }
}

boost::json::object run_json(const run_result& r, const exec_output& output) {
    boost::json::array steps;
    for (const auto& s : r.steps) {
        boost::json::object one{{"step", name_of(s)}, {"done", !s.why}};
        if (s.why) one["error"] = tug::name_of(s.why->code);
        steps.push_back(std::move(one));
    }
    boost::json::object out;
    if (r.command) out = output.to_json(*r.command);
    out["steps"] = std::move(steps);
    return out;
}

/// The command's own code where it ran and failed; else that of the first step that failed.
int code_of(const run_result& r) {
    if (r.command && !r.command->ok()) return exit_code_of(*r.command);
    const auto* const failed = r.first_failure();
    if (!failed) return exit_code::success;
    return failed->what == run_step::type::command ? exit_code_for("run", failed->why->code)
                                                   : exit_code::exec_tug_failed;
}

} // namespace

asio::awaitable<int> run(client& on, const options& o, invocation& s) {
    auto what = steps_of(o);
    descriptor_sink out(s.output, std::make_shared<const descriptor>(STDOUT_FILENO));
    descriptor_sink err(s.output, std::make_shared<const descriptor>(STDERR_FILENO));
    if (!o.json) what.output_to(out, err);
    const auto r = co_await on.run(std::move(what));
    tell_outcome(r);
    if (r.command) explain(*r.command, o.json);
    const exec_output as_json(o, s.output);
    if (o.json && !print_json(run_json(r, as_json))) co_return exit_code::exec_tug_failed;
    co_return code_of(r);
}

} // namespace tug::cli
