#include "invocation.hpp"

#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/trees.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/report.hpp"
#include "connection_settings.hpp"
#include "jump_path.hpp"
#include "pool_hosts.hpp"
#include "share.hpp"

#include <tug/bytes.hpp>

#include <boost/asio/error.hpp>
#include <boost/json/object.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::chrono::seconds connect_time{10};

/// The failure behind the exception that is being handled.
failure current_failure() {
    try {
        throw;
    } catch (const usage_error&) {
        throw;
    } catch (const error& e) {
        return e.failure();
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) return {errc::cancelled};
        return {errc::local_io, e.code().message()};
    } catch (const std::bad_alloc&) {
        return {errc::local_io, "out of memory"};
    } catch (const std::exception& e) {
        return {errc::local_io, e.what()};
    }
}

/// What a file is stored as in a directory.
std::string_view own_name(const file_options& f) {
    if (f.local == "-")
        throw usage_error("standard input has no name to be stored under in " + quoted_name(f.remote),
                          "write the whole path, as in HOST:DIR/NAME");
    const auto name = base_name(f.local);
    if (name.empty() || name == "." || name == "..")
        throw usage_error(quoted_name(f.local) + " names no file", "name a file, not a directory");
    return name;
}

} // namespace

boost::json::object failure_json(const failure& f) {
    boost::json::object out{{"name", name_of(f.code)},
                            {"message", is_utf8(f.message) ? f.message : printable(f.message)}};
    if (!f.field.empty()) out["field"] = f.field;
    if (!f.os_error.empty()) out["errno"] = f.os_error;
    if (!f.need.empty()) out["need"] = f.need;
    if (f.stored) out["stored"] = true;
    return out;
}

std::string line_for(const options& o, const failure& why) {
    std::string line = error(why).what();
    std::string_view better;
    if (o.command == "put" && why.code == errc::is_directory)
        better = "write HOST:DIR/NAME: what is no file of this side has no name of its own";
    if (is_job_command(o.command) && why.code == errc::not_found && why.os_error.empty())
        better = "`tug job ls` lists those that there are";
    if (o.host_guessed && why.code == errc::connect_failed)
        better = "check the name: it is no command of tug, and no host that answers";
    if (const auto usual = remedy(why.code); !better.empty() && line.ends_with(usual))
        line.replace(line.size() - usual.size(), usual.size(), better);
    return line;
}

int exit_code_for(const std::string& command, errc code) {
    if (command == "rsh") return exit_code::rsh_failed;
    const bool ends_as_one = command == "job-attach" || command == "job-wait";
    if (!runs_command(command) && !ends_as_one) return exit_code::failed;
    switch (code) {
    case errc::exec_not_found: return exit_code::exec_not_found;
    case errc::exec_failed:
    case errc::permission_denied: return exit_code::exec_not_runnable;
    case errc::timed_out: return exit_code::exec_timed_out;
    case errc::cancelled: return exit_code::exec_cancelled;
    default: return exit_code::exec_tug_failed;
    }
}

int report_failure(const options& o, const control& ctl) {
    auto why = current_failure();
    if (why.code == errc::cancelled && ctl.timed_out()) why = {errc::timed_out, "there was no answer in time"};
    if (why.code == errc::cancelled && ctl.caught() != 0) why = {errc::cancelled, "ended by a signal"};
    if (why.code == errc::local_io && why.os_error == "EPIPE") die_by_sigpipe();
    report_one(o, why);
    return exit_code_for(o.command, why.code);
}

std::string address_of(const options& o) {
    if ((o.command == "put" || o.command == "get") && !o.file.path_only)
        return resolve_remote(o.file.remote, o.host).address;
    if (is_path_command(o.command)) return resolve_remote(o.path.paths.front(), o.host).address;
    if (is_copy_command(o.command)) return resolve_remote(first_remote(o.copy), o.host).address;
    return resolve_host(o.host_text, o.host);
}

std::vector<std::string> paths_of(const options& o) {
    if (o.path.paths_only) return o.path.paths;
    const auto address = address_of(o);
    std::vector<std::string> out;
    for (const auto& typed : o.path.paths) {
        auto remote = resolve_remote(typed, o.host);
        if (remote.address != address)
            throw usage_error(quoted_name(typed) + " is on another host than " + quoted_name(o.path.paths.front()),
                              "name paths of one host");
        out.push_back(remote.path.empty() ? "." : std::move(remote.path));
    }
    return out;
}

void report_one(const options& o, const failure& why) {
    (void)write_all(2, printable("tug: " + line_for(o, why)) + "\n");
    if (o.json) (void)print_json(boost::json::object{{"error", failure_json(why)}});
}

std::string path_of(const options& o) {
    auto path = o.file.path_only ? o.file.remote : resolve_remote(o.file.remote, o.host).path;
    if (o.command == "put" && is_local_directory(o.file.local)) return path.empty() ? "." : path;
    if (o.command == "put" && (path.empty() || path.ends_with('/'))) return path.append(own_name(o.file));
    if (path.empty()) throw usage_error("there is no path in " + quoted_name(o.file.remote), "write HOST:PATH");
    return path;
}

std::optional<std::chrono::milliseconds> local_deadline(const options& o) {
    if (o.command == "forward") return std::nullopt; // it is that of each connection to the host
    if (!o.timeout || runs_command(o.command) || o.fan.many())
        return std::nullopt; // these mind their own: output may take any time
    if (o.command == "ping") return o.timeout;
    return *o.timeout + answer_margin;
}

asio::awaitable<credentials> read_key(const connection_settings& how, blocking_thread& on) {
    struct outcome {
        std::optional<credentials> key;
        std::exception_ptr failed;
    };

    const auto out = std::make_shared<outcome>();
    std::function<void()> job = [out, file = how.key_file, id = how.key_id, others = how.key_readers] {
        try {
            out->key = credentials::from_file(file, id.empty() ? std::nullopt : std::optional(id), others);
        } catch (...) {
            out->failed = std::current_exception();
        }
    };
    co_await on.run(std::move(job));
    if (out->failed) std::rethrow_exception(out->failed);
    co_return std::move(*out->key);
}

namespace {

std::chrono::milliseconds time_to_connect(const options& o) {
    return std::min<std::chrono::milliseconds>(o.timeout.value_or(connect_time), connect_time);
}

/// One step of a path, to a host that needs no other.
asio::awaitable<host_connection> step_to(const options& o, invocation& s, const std::string& host, keys_read& keys) {
    const auto there = settings_for(o, host);
    auto to = tug::address::parse(there.address);
    if (!to) throw usage_error(to.error().message, std::string(remedy(errc::bad_address)));
    host_connection out;
    out.name = host;
    out.address = std::move(to.value());
    connect_options how;
    how.deadline(time_to_connect(o));
    if (!there.key_file.empty()) {
        const auto key = std::pair(there.key_file, there.key_id);
        if (!keys.contains(key)) {
            auto read = co_await read_key(there, s.keys);
            keys.emplace(key, std::move(read));
        }
        how.with(keys.at(key));
    }
    if (const auto trace = environment("TRACEPARENT")) how.trace(*trace, environment("TRACESTATE").value_or(""));
    if (there.max_window) how.max_window(*there.max_window);
    if (auto tls = tls_of(there.tls)) how.tls(std::move(*tls));
    out.how = std::move(how);
    co_return out;
}

} // namespace

asio::awaitable<host_connection> connection_to(const options& o, invocation& s, std::string host, keys_read& keys) {
    if (is_pool(host))
        throw usage_error(quoted_name(host) + " is one host of many, and here a certain one is needed",
                          "name the host, see `tug hosts`");
    const auto path = jump_path(o, host);
    auto out = co_await step_to(o, s, host, keys);
    const auto of_step = options_of_jump(o);
    for (const auto& jump : path) {
        auto step = co_await step_to(of_step, s, jump, keys);
        out.jumps.push_back(std::move(step));
    }
    co_return out;
}

namespace {

/// What is left of the time, where a shared connection has had its part of it: a host that does not answer costs it
/// once.
asio::awaitable<client> connect_in(const options& o, invocation& s, std::string host,
                                   std::chrono::steady_clock::duration left) {
    keys_read none;
    auto to = co_await connection_to(o, s, std::move(host), none);
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(left);
    if (left_ms.count() <= 0)
        throw error(failure(errc::connect_timed_out, to.address.to_string() + ": not connected within " +
                                                         std::to_string(to.how.deadline().count()) + " ms"));
    to.how.deadline(left_ms);
    co_return co_await client::connect(std::move(to.address), std::move(to.how));
}

} // namespace

asio::awaitable<client> connect(const options& o, invocation& s, std::string host) {
    if (is_pool(host)) co_return co_await connect_to_pool(o, s, std::move(host));
    const auto there = settings_for(o, host);
    if (!there.share || !jump_path(o, host).empty()) co_return co_await connect_alone(o, s, std::move(host));
    const auto time = time_to_connect(o);
    const auto began = std::chrono::steady_clock::now();
    auto shared = co_await shared_client(there, time);
    if (shared) co_return std::move(*shared);
    co_return co_await connect_in(o, s, std::move(host), time - (std::chrono::steady_clock::now() - began));
}

asio::awaitable<client> connect_alone(const options& o, invocation& s, std::string host) {
    keys_read none;
    auto to = co_await connection_to(o, s, std::move(host), none);
    co_await s.jumps.reach(to);
    co_return co_await client::connect(std::move(to.address), std::move(to.how));
}

} // namespace tug::cli
