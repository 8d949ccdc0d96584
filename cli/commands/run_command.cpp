#include "run_command.hpp"

#include "cli/fan/fan_out.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/hosts/pool_hosts.hpp"
#include "commands.hpp"
#include "trees.hpp"

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

asio::awaitable<int> connect_and_run(const options& given, invocation& s) {
    if (given.fan.many()) co_return co_await run_on_many(given, s);
    if (given.command == "discover") co_return co_await discover_hosts(given, s);
    const auto host = address_of(given);
    if (is_pool(host)) co_return co_await run_on_pool(given, s, host);
    const auto o = for_host(given, host);
    if (o.command == "put" || o.command == "get") (void)path_of(o); // what is wrong with it is told at once
    if (is_path_command(o.command)) (void)paths_of(o);
    if (o.command == "mcp") co_return co_await mcp_server(o, s); // it connects by itself, as often as it has to
    if (o.command == "console") co_return co_await serve_console(o, s);
    auto there = co_await connect(o, s, host);
    co_return co_await run_on(there, o, s);
}

} // namespace

asio::awaitable<int> run_on(client& there, const options& o, invocation& s) {
    if (o.forward.is_all()) co_return co_await forward(there, o, s);
    if (o.forward.listens()) co_return co_await exec_and_forward(there, o, s); // rsh
    if (o.command == "exec" || o.command == "shell" || o.command == "rsh") co_return co_await exec(there, o, s);
    if (is_job_command(o.command)) co_return co_await work_on_job(there, o, s);
    if (o.command == "run") co_return co_await run(there, o, s);
    if (o.command == "put") co_return co_await put(there, o, s);
    if (o.command == "get") co_return co_await get(there, o, s);
    if (is_path_command(o.command)) co_return co_await work_on_paths(there, o, s);
    if (o.command == "cp") co_return co_await cp(there, o, s);
    if (o.command == "sync") co_return co_await sync(there, o, s);
    if (o.command == "info") co_return co_await info(there, o, s);
    if (o.command == "audit") co_return co_await audit(there, o, s);
    if (o.command == "top") co_return co_await top(there, o, s);
    co_return co_await ping(there, o, s);
}

asio::awaitable<int> run_command(const options& o, invocation& s) {
    try {
        co_return co_await s.ctl.run(connect_and_run(o, s), local_deadline(o));
    } catch (...) {
        co_return report_failure(o, s.ctl);
    }
}

} // namespace tug::cli
