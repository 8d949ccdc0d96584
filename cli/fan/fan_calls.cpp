// What each of many hosts gets: the call of a command, and how its outcome is told.

#include "cli/arguments/call_options.hpp"
#include "cli/arguments/exit_codes.hpp"
#include "cli/arguments/target.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/exec_command.hpp"
#include "cli/commands/trees.hpp"
#include "cli/hosts/connection_settings.hpp"
#include "cli/hosts/host_names.hpp"
#include "cli/local/end_by_signal.hpp"
#include "cli/local/progress.hpp"
#include "cli/local/report.hpp"
#include "cli/local/shared_file.hpp"
#include "fan_out.hpp"

#include <tug/bytes.hpp>
#include <tug/os/path_text.hpp>

#include <boost/asio/this_coro.hpp>

#include <exception>
#include <filesystem>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

host_outcome ended(std::string what, boost::json::object result, int code = exit_code::success) {
    host_outcome out;
    out.how = host_outcome::state::ended;
    out.code = code;
    out.what = std::move(what);
    out.result = std::move(result);
    return out;
}

host_outcome ended(const tree_summary& done, const std::string& path) {
    return ended(std::to_string(done.files) + " files, " + human_bytes(done.bytes), json_of(done, path));
}

/// The commands of all hosts.
class exec_call {
public:
    exec_call(const options& o, fan_printer& printer) : options_(o), printer_(printer) {}

    asio::awaitable<host_outcome> operator()(client& on, std::size_t host) {
        const auto own = for_host(options_, options_.fan.hosts[host]);
        auto what = command_for(own);
        auto started = co_await on.start(std::move(what));
        const auto result = co_await to_the_end(started, host);
        auto how = std::string(name_of(result.reason));
        if (result.reason == exec_reason::signaled) how = "signal " + result.signal.value_or("");
        if (result.survivors.value_or(0) > 0) how += ", " + std::to_string(*result.survivors) + " processes left";
        co_return ended(std::move(how), json_of(result), exit_code_of(result));
    }

private:
    /// Where it is cancelled tugd is asked to end the command, which is still followed; the second time it is left.
    asio::awaitable<exec_result> to_the_end(process& started, std::size_t host) {
        for (bool cancelled = false;;) {
            try {
                co_await pass_output(started, host);
                co_return co_await started.wait();
            } catch (...) {
                if (cancelled || failure_of(std::current_exception()).code != errc::cancelled) throw;
            }
            cancelled = true;
            co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
            started.cancel();
        }
    }

    asio::awaitable<void> pass_output(process& started, std::size_t host) {
        for (;;) {
            const auto piece = co_await started.read();
            if (piece.end()) co_return;
            const bool taken = co_await printer_.pass(host, piece.from(), piece.text());
            if (!taken) started.stop_output();
        }
    }

    const options& options_;
    fan_printer& printer_;
};

/// A file that is read once, or a directory.
class put_call {
public:
    put_call(const options& o, std::string path, std::unique_ptr<shared_file> file)
        : options_(o), path_(std::move(path)), file_(std::move(file)) {}

    asio::awaitable<host_outcome> operator()(client& on, std::size_t) {
        if (!file_) {
            auto how = tree_options_of(options_);
            how.into(directory_name(options_.file.local));
            if (options_.file.no_overwrite) how.mode(tree_mode::fresh);
            const auto done = co_await on.put_tree(options_.file.local, path_, std::move(how));
            co_return ended(done, path_);
        }
        try {
            co_return co_await put_file(on, path_);
        } catch (const error& e) {
            if (e.failure().code != errc::is_directory || options_.file.local == "-") throw;
        }
        co_return co_await put_file(on, os::path_in(path_, base_name(options_.file.local))); // see send_file_or_into()
    }

private:
    asio::awaitable<host_outcome> put_file(client& on, std::string path) {
        auto how = put_options_of(options_);
        if (file_->mode()) how.new_mode(*file_->mode()).mtime_ns(file_->mtime_ns());
        shared_file_source from(*file_);
        const auto done = co_await on.put(from, path, std::move(how));
        boost::json::object result{{"path", bytes_to_json(path)}, {"bytes", done.size}, {"digest", done.digest}};
        if (done.in_place) result["in_place"] = true;
        co_return ended(human_bytes(done.size), std::move(result));
    }

    const options& options_;
    std::string path_;
    std::unique_ptr<shared_file> file_;
};

/// The directory of a host below one that is named; it is made.
std::string directory_for(const options& o, const std::string& below, std::size_t host) {
    const auto directory = std::filesystem::path(below) / directory_of_host(o.fan.hosts[host]);
    std::error_code ec;
    std::filesystem::create_directories(directory, ec);
    if (ec) throw error(failure(errc::local_io, quoted_name(directory.native()) + " cannot be made: " + ec.message()));
    return directory.native();
}

std::string last_name(std::string path) {
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    const auto name = std::string(base_name(path));
    return name == "." || name == ".." || name == "/" ? "" : name;
}

/// Only the host knows whether it is a file or a directory; see get().
asio::awaitable<host_outcome> get_call(const options& o, client& on, std::size_t host) {
    const auto& path = o.file.remote;
    const auto directory = directory_for(o, o.file.local, host);
    const auto name = last_name(path);
    if (!name.empty()) {
        try {
            const auto local = directory + "/" + name;
            auto how = get_options_of(o);
            const auto done = co_await on.get(path, local, std::move(how));
            boost::json::object result{{"path", bytes_to_json(path)},
                                       {"local", bytes_to_json(local)},
                                       {"bytes", done.bytes},
                                       {"digest", done.digest}};
            co_return ended(human_bytes(done.bytes), std::move(result));
        } catch (const error& e) {
            if (e.failure().code != errc::is_directory) throw;
        }
    }
    auto how = tree_options_of(o);
    if (!name.empty()) how.into(name);
    const auto done = co_await on.get_tree(path, directory, std::move(how));
    co_return ended(done, path);
}

asio::awaitable<host_outcome> sync_call(const options& o, client& on, std::size_t host) {
    const auto& from = o.copy.paths.front();
    const auto& to = o.copy.paths.back();
    auto path = (is_remote(to) ? to : from).substr(1);
    if (path.empty()) path = ".";
    auto how = tree_options_of(o, o.fan.hosts[host]);
    tree_summary done;
    if (is_remote(to)) {
        done = co_await on.put_tree(from, path, std::move(how));
    } else {
        const auto directory = directory_for(o, to, host);
        done = co_await on.get_tree(path, directory, std::move(how));
    }
    co_return ended(done, path);
}

asio::awaitable<host_outcome> start_job_call(const options& o, fan_printer& printer, client& on, std::size_t host) {
    const auto own = for_host(o, o.fan.hosts[host]);
    auto what = command_for(own);
    auto how = job_options_of(o.job);
    const auto job = co_await on.jobs().start(std::move(what), std::move(how));
    if (!o.json) (void)co_await printer.pass(host, output_stream::out, job.name + "\n");
    boost::json::object result{{"job", job.name}, {"new", job.is_new}, {"pid", job.pid}};
    co_return ended(job.is_new ? "started" : "was there already", std::move(result));
}

asio::awaitable<host_outcome> ping_call(client& on, std::size_t) {
    const auto began = std::chrono::steady_clock::now();
    co_await on.ping();
    const auto took = std::chrono::round<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    boost::json::object result{{"server", on.server()}, {"round_trip_us", took.count()}};
    co_return ended(on.server(), std::move(result));
}

asio::awaitable<host_call> put_call_for(const options& o, invocation& s) {
    const auto path = path_of(o);
    std::unique_ptr<shared_file> file;
    if (is_local_directory(o.file.local))
        (void)directory_name(o.file.local); // what is wrong with it is told at once
    else
        file = co_await shared_file::open(s.input, o.file.local);
    const auto call = std::make_shared<put_call>(o, path, std::move(file));
    host_call out = [call](client& on, std::size_t host) { return (*call)(on, host); };
    co_return out;
}

host_call call_for(const options& o, fan_printer& printer) {
    if (o.command == "ping") return ping_call;
    if (o.command == "get") return [&o](client& on, std::size_t host) { return get_call(o, on, host); };
    if (o.command == "sync") return [&o](client& on, std::size_t host) { return sync_call(o, on, host); };
    if (o.command == "job-start" || o.exec.detach)
        return [&o, &printer](client& on, std::size_t host) { return start_job_call(o, printer, on, host); };
    const auto call = std::make_shared<exec_call>(o, printer);
    return [call](client& on, std::size_t host) { return (*call)(on, host); };
}

} // namespace

asio::awaitable<int> run_on_many(const options& o, invocation& s) {
    fan_printer printer(o, s);
    if (o.command == "get") (void)path_of(o); // what is wrong with it is told at once
    host_call call;
    if (o.command == "put")
        call = co_await put_call_for(o, s);
    else
        call = call_for(o, printer);
    fan_out all(o, s, printer, std::move(call));
    const int code = co_await all.run();
    if (printer.reader_left()) die_by_sigpipe();
    co_return code;
}

} // namespace tug::cli
