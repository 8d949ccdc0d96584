#include "cli/arguments/call_options.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/transfer_report.hpp"
#include "commands.hpp"
#include "listed_files.hpp"
#include "one_file.hpp"
#include "trees.hpp"

#include <tug/bytes.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

put_options put_options_of(const options& o) {
    put_options how;
    const auto& f = o.file;
    how.overwrite(!f.no_overwrite).make_parents(f.make_parents).durable(!f.no_durable);
    how.in_place(f.in_place).follow(!f.no_follow);
    if (f.sha256) how.digest(digest_kind::sha256);
    how.if_changed(o.transfer.if_changed).delta(o.transfer.delta);
    if (o.transfer.if_match) how.if_match(*o.transfer.if_match);
    if (o.transfer.limit_rate) how.limit_rate(*o.transfer.limit_rate);
    take_compression(how, o.transfer);
    if (f.mode) how.mode(*f.mode);
    if (o.timeout) how.timeout(*o.timeout);
    return how;
}

namespace {

put_options put_options_of(const options& o, transfer_report& report) {
    auto how = put_options_of(o);
    if (report.wants_progress())
        how.on_progress([&report](const transfer_progress& p) { report.show(p.bytes, p.total); });
    return how;
}

/// A fifo, a terminal, /dev/stdin: to be read as a stream, of no known size.
bool is_stream(const std::string& local) {
    struct stat status{};
    return ::stat(local.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

asio::awaitable<shared_descriptor> open_source(const std::string& local, invocation& s) {
    if (local == "-") co_return std::make_shared<const descriptor>(STDIN_FILENO);
    co_return co_await open_file(s.input, local, O_RDONLY);
}

} // namespace

asio::awaitable<int> put(client& on, const options& o, invocation& s) {
    if (!o.copy.paths.empty()) co_return co_await cp(on, o, s);
    if (!o.source.files_from.empty()) co_return co_await put_listed(on, o, s);
    auto path = path_of(o);
    if (is_local_directory(o.file.local)) {
        connected_host to(on, address_of(o));
        co_return co_await put_directory(std::move(to), o, s, o.file.local, path);
    }
    transfer_report report(o);
    auto how = put_options_of(o, report);
    put_result done;
    if (o.file.local == "-" || is_stream(o.file.local)) {
        descriptor_source from(s.input, co_await open_source(o.file.local, s));
        done = co_await on.put(from, path, std::move(how));
    } else {
        connected_host to(on, address_of(o));
        done = co_await send_file_or_into(std::move(to), o, s, o.file.local, path, std::move(how));
    }
    boost::json::object details{{"path", bytes_to_json(path)}};
    if (done.unchanged) co_return report.finish_unchanged(done.digest, std::move(details));
    if (done.in_place) details["in_place"] = true;
    if (done.resumed_at > 0) details["resumed_at"] = done.resumed_at;
    co_return report.finish(done.size - done.resumed_at, done.digest, std::move(details));
}

} // namespace tug::cli
