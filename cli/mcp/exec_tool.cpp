#include "follow.hpp"
#include "limits.hpp"
#include "tool.hpp"

#include <tug/error.hpp>

#include <boost/asio/this_coro.hpp>

#include <array>
#include <exception>
#include <utility>

namespace asio = boost::asio;
namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

struct exec_request {
    command what;
    std::optional<std::string> input;
    std::uint64_t wait_ms = usual_wait;
    std::uint64_t show = usual_bytes;
    std::optional<std::string> job;
};

command command_of(const arguments& given) {
    auto argv = given.texts("argv");
    auto shell = given.text("shell");
    if (argv.has_value() == shell.has_value()) wrong_argument("argv", "give either argv or shell");
    auto out = shell ? command::shell(std::move(*shell)) : command(std::move(*argv));
    if (auto cwd = given.text("cwd")) out.in(std::move(*cwd));
    if (auto user = given.text("user")) out.user(std::move(*user));
    for (auto& [name, value] : given.text_map("env")) out.env(name, value);
    if (const auto ms = given.number("timeout_ms")) out.timeout(std::chrono::milliseconds(*ms));
    out.merge(given.flag("merge", false));
    return out;
}

exec_request request_of(const arguments& given) {
    exec_request out{command_of(given), given.bytes("stdin"), usual_wait, usual_bytes, given.text("job")};
    out.wait_ms = given.number("wait_ms").value_or(usual_wait);
    out.show = given.number("max_bytes").value_or(usual_bytes);
    if (out.input) out.what.with_stdin();
    return out;
}

void put_output(json::object& into, const followed_output& seen, bool merged) {
    into["stdout"] = seen.out->to_json();
    if (!merged) into["stderr"] = seen.err->to_json();
}

bool is_cut(const followed_output& seen) {
    return seen.out->is_cut() || seen.err->is_cut();
}

/// Where a connection is lost before the answer the job is started again under its name: it is the same one.
asio::awaitable<void> start_once(tool_call& call, const exec_request& request, const std::string& name) {
    job_options how;
    how.name = name;
    for (int tries = 1;; ++tries) {
        const auto client = co_await call.on.get_again();
        try {
            co_await client->jobs().start(request.what, how);
            co_return;
        } catch (const error& e) {
            if (e.code() != errc::connection_lost || tries == 3) throw;
        }
    }
}

asio::awaitable<json::object> run_as_job(tool_call& call, exec_request& request, const std::string& name) {
    followed_output seen{bounded_output(request.show), bounded_output(request.show)};
    const auto until = from_now(request.wait_ms);
    co_await start_once(call, request, name);
    const auto result = co_await follow(call, name, seen, until, std::move(request.input));
    json::object out{{"job", name}, {"state", "running"}};
    if (result) out = end_json(*result);
    put_output(out, seen, request.what.settings().merge);
    if (!result) {
        out["note"] = "It takes longer than wait_ms and goes on as this job: see job_wait, job_output, job_signal and "
                      "job_cancel. Positions count from the beginning of each output.";
    } else if (request.job || is_cut(seen)) {
        out["job"] = name;
        out["note"] = "The host keeps the output for an hour: job_output with this job and a position reads more.";
    } else {
        const auto client = co_await call.on.get();
        co_await client->jobs().remove(name); // all of it was told
    }
    co_return out;
}

/// A call that the agent cancels ends its command.
asio::awaitable<json::object> exec_job(tool_call& call, exec_request& request) {
    const auto name = request.job ? *request.job : "mcp-" + random_hex(8);
    std::exception_ptr failed;
    try {
        co_return co_await run_as_job(call, request, name);
    } catch (...) {
        failed = std::current_exception();
    }
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        const auto client = co_await call.on.get_again();
        try {
            co_await client->jobs().cancel(name);
        } catch (const error& e) {
            if (e.code() != errc::not_found) throw; // it was not started yet
        }
    }
    std::rethrow_exception(failed);
}

/// Where the host keeps no jobs: what takes longer is ended.
asio::awaitable<json::object> exec_call(tool_call& call, exec_request& request) {
    const auto limit = std::chrono::milliseconds(std::max<std::uint64_t>(request.wait_ms, 1));
    const auto merged = request.what.settings().merge;
    if (request.what.settings().timeout.value_or(limit) >= limit) request.what.timeout(limit);
    if (request.input) request.what.input(std::move(*request.input));
    followed_output seen{bounded_output(request.show), bounded_output(request.show)};
    const auto client = co_await call.on.get();
    auto running = co_await client->start(std::move(request.what));
    for (;;) {
        const auto piece = co_await running.read();
        if (piece.end()) break;
        auto& one = piece.from() == output_stream::out ? seen.out : seen.err;
        one->add(one->next(), piece.text());
        call.progress(seen.read(), std::nullopt);
    }
    const auto result = co_await running.wait();
    auto out = end_json(result);
    put_output(out, seen, merged);
    if (is_cut(seen) || result.reason == exec_reason::timed_out)
        out["note"] = "This host keeps no jobs (its tugd has no --state-dir): a command is ended after wait_ms, and "
                      "output that is not shown is gone. Give a larger wait_ms or max_bytes, or write to a file.";
    co_return out;
}

asio::awaitable<json::object> exec(tool_call& call) {
    auto request = request_of(call.given);
    if (call.given.flag("dry_run", false)) {
        const auto client = co_await call.on.get();
        co_await client->check(std::move(request.what));
        co_return json::object{{"allowed", true}};
    }
    (void)co_await call.on.get(); // whether the host keeps jobs is known then
    if (request.job && !call.on.keeps_jobs()) wrong_argument("job", "this host keeps no jobs");
    if (call.on.keeps_jobs()) co_return co_await exec_job(call, request);
    co_return co_await exec_call(call, request);
}

asio::awaitable<json::object> about(tool_call& call) {
    const auto client = co_await call.on.get();
    json::array allowed;
    json::array refused;
    for (const auto* t : all_tools()) (is_offered(*t, call.on, call.local) ? allowed : refused).emplace_back(t->name);
    json::array permissions;
    for (const auto& p : client->permissions()) permissions.emplace_back(p);
    json::object out{{"host", call.on.address()}, {"server", client->server()}, {"keeps_jobs", call.on.keeps_jobs()}};
    out["permissions"] = permissions.empty() ? json::value("all") : json::value(permissions);
    out["tools"] = allowed;
    out["not_offered"] = refused;
    out["traceparent"] = call.on.traceparent();
    co_return out;
}

constexpr std::array exec_parameters{
    parameter::texts("argv", "program and arguments; no shell takes part"),
    parameter::text("shell", "a script for /bin/sh -c, in the place of argv"),
    parameter::text("cwd"),
    parameter::text("user"),
    parameter::text_map("env"),
    parameter::bytes("stdin"),
    parameter::flag("merge", "stderr goes where stdout goes, in order"),
    parameter::whole("timeout_ms", 1, 86'400'000, "ends the command after that time"),
    parameter::whole("wait_ms", 0, most_wait, "how long the answer may take (30000)"),
    parameter::whole("max_bytes", 0, most_bytes, "of each output in the answer (16384)"),
    parameter::flag("dry_run", "run nothing: say whether the key allows it, or why not"),
    parameter::text("job", "a name: called again with the same arguments it is the same command, and runs once"),
};

constexpr std::array exec_tool_list{
    tool{.name = "about",
         .description = "The host, what the key allows there, and which tools are therefore offered or not. Runs "
                        "nothing.",
         .run = about},
    tool{.name = "exec",
         .need = "exec",
         .what = tool::effect::changes,
         .description =
             "Run a command on the host. Ends with exit_code or signal, and with why it ended (exited, signaled, "
             "timed_out, cancelled, memory_limit, ...). survivors counts processes that could not be ended. Output is "
             "bounded: where it is longer than max_bytes there are head, tail and the positions of what is omitted. A "
             "command that takes longer than wait_ms goes on as a job, whose name is in the answer. Cancelling the "
             "call ends the command with all its processes.",
         .parameters = exec_parameters,
         .run = exec},
};

} // namespace

std::span<const tool> command_tools() {
    return exec_tool_list;
}

} // namespace tug::cli::mcp
