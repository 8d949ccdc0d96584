#include "cli/arguments/call_options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"
#include "cli/local/transfer_report.hpp"
#include "commands.hpp"
#include "one_file.hpp"
#include "trees.hpp"

#include <tug/bytes.hpp>
#include <tug/local_target.hpp>
#include <tug/os/path_text.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

get_options get_options_of(const options& o) {
    get_options how;
    how.offset(o.file.offset);
    if (o.file.length) how.length(*o.file.length);
    if (o.file.sha256) how.digest(digest_kind::sha256);
    how.if_changed(o.transfer.if_changed).delta(o.transfer.delta);
    if (o.transfer.limit_rate) how.limit_rate(*o.transfer.limit_rate);
    take_compression(how, o.transfer);
    if (o.timeout) how.timeout(*o.timeout);
    return how;
}

namespace {

get_options get_options_of(const options& o, transfer_report& report) {
    auto how = get_options_of(o);
    if (report.wants_progress())
        how.on_progress([&report](const transfer_progress& p) { report.show(p.bytes, p.total); });
    return how;
}

/// A directory takes the file under its own name.
std::string into_directory(const std::string& typed, const std::string& remote) {
    struct stat status{};
    if (::stat(typed.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return typed;
    const auto name = base_name(remote);
    if (name.empty() || name == "." || name == "..")
        throw usage_error(quoted_name(remote) + " names no file", "name a file, not a directory");
    return os::path_in(typed, name);
}

/// A name that ends in a slash is a directory's: it is not made here, and no file takes its place.
void require_directory(const std::string& typed) {
    struct stat status{};
    if (!typed.ends_with('/') || (::stat(typed.c_str(), &status) == 0 && S_ISDIR(status.st_mode))) return;
    throw error(failure(errc::local_io, "there is no directory " + quoted_name(typed) +
                                            "; make it first, or leave out the / at its end"));
}

asio::awaitable<shared_descriptor> open_sink(const local_target& to, bool to_stdout, invocation& s) {
    if (to_stdout) co_return std::make_shared<const descriptor>(STDOUT_FILENO);
    std::function<int()> open = [to] { return to.open_stream(); };
    co_return co_await open_by(s.output, to.path(), std::move(open));
}

asio::awaitable<int> get_file(client& on, const options& o, invocation& s) {
    transfer_report report(o);
    const auto remote = path_of(o);
    auto how = get_options_of(o, report);
    require_directory(o.file.local);
    const bool to_stdout = o.file.local == "-";
    const local_target local(to_stdout ? o.file.local : into_directory(o.file.local, remote));
    connected_host from(on, address_of(o));
    get_result done;
    if (to_stdout || local.is_stream()) {
        auto to = co_await open_sink(local, to_stdout, s);
        done = co_await fetch_stream(std::move(from), o, s, remote, std::move(to), std::move(how));
    } else {
        done = co_await fetch_file(std::move(from), o, s, remote, local.path(), std::move(how));
    }
    boost::json::object details{{"path", bytes_to_json(remote)},
                                {"local", bytes_to_json(local.path())},
                                {"size", done.size},
                                {"mode", done.mode},
                                {"mtime_ns", done.mtime_ns}};
    if (done.unchanged) co_return report.finish_unchanged(done.digest, std::move(details));
    if (done.resumed_at > 0) details["resumed_at"] = done.resumed_at;
    co_return report.finish(done.bytes, done.digest, std::move(details));
}

} // namespace

/// Only the host knows whether it is a directory; then not a byte has come.
asio::awaitable<int> get(client& on, const options& o, invocation& s) {
    if (!o.copy.paths.empty()) co_return co_await cp(on, o, s);
    const auto remote = path_of(o);
    const auto name = base_name(remote);
    bool directory = name.empty() || name == "." || name == "..";
    try {
        if (!directory) co_return co_await get_file(on, o, s);
    } catch (const error& e) {
        directory = e.failure().code == errc::is_directory && o.file.local != "-";
        if (!directory) throw;
    }
    connected_host from(on, address_of(o));
    co_return co_await get_directory(std::move(from), o, s, remote, o.file.local);
}

} // namespace tug::cli
