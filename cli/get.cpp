#include "byte_streams.hpp"
#include "commands.hpp"
#include "transfer_report.hpp"
#include "usage_error.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

get_options options_of(const options& o, transfer_report& report) {
    get_options how;
    how.offset(o.file.offset);
    if (o.file.length) how.length(*o.file.length);
    if (o.file.sha256) how.digest(digest_kind::sha256);
    if (o.timeout) how.timeout(*o.timeout);
    if (report.wants_progress())
        how.on_progress([&report](const transfer_progress& p) { report.show(p.bytes, p.total); });
    return how;
}

/// Where a file goes: into a directory under its own name; through a symlink, which a rename would replace.
std::string local_path(const std::string& typed, const std::string& remote) {
    struct stat status{};
    auto path = typed;
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
        const auto name = base_name(remote);
        if (name.empty() || name == "." || name == "..")
            throw usage_error("'" + remote + "' names no file", "name a file, not a directory");
        path.append(path.ends_with('/') ? "" : "/").append(name);
    }
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real ? real.get() : path;
}

/// A device, a fifo, a socket: to be written to, never to be replaced by a file.
bool is_stream(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

asio::awaitable<shared_descriptor> open_stream(const std::string& local, session& s) {
    if (local == "-") co_return std::make_shared<const descriptor>(STDOUT_FILENO);
    co_return co_await open_file(s.output, local, O_WRONLY);
}

} // namespace

asio::awaitable<int> get(client& on, const options& o, session& s) {
    transfer_report report(o);
    const auto remote = path_of(o);
    auto how = options_of(o, report);
    const auto local = o.file.local == "-" ? o.file.local : local_path(o.file.local, remote);
    get_result done;
    if (local == "-" || is_stream(local)) {
        descriptor_sink to(s.output, co_await open_stream(local, s));
        done = co_await on.get(remote, to, std::move(how));
    } else {
        done = co_await on.get(remote, local, std::move(how));
    }
    boost::json::object details{
        {"path", remote}, {"local", local}, {"size", done.size}, {"mode", done.mode}, {"mtime_ns", done.mtime_ns}};
    co_return report.finish(done.bytes, done.digest, std::move(details));
}

} // namespace tug::cli
