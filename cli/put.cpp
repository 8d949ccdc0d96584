#include "byte_streams.hpp"
#include "call_options.hpp"
#include "commands.hpp"
#include "listed_files.hpp"
#include "retries.hpp"
#include "transfer_report.hpp"
#include "trees.hpp"

#include <tug/bytes.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
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
    if (f.mode) how.mode(*f.mode);
    if (o.timeout) how.timeout(*o.timeout);
    return how;
}

namespace {

put_options options_of(const options& o, transfer_report& report) {
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

asio::awaitable<shared_descriptor> open_stream(const std::string& local, invocation& s) {
    if (local == "-") co_return std::make_shared<const descriptor>(STDIN_FILENO);
    co_return co_await open_file(s.input, local, O_RDONLY);
}

/// What a put of this very file is resumed by, also by a later `tug`; nothing where it is sent anew as fast.
std::optional<std::string> token_for(const options& o, const std::string& path) {
    constexpr off_t large = 4 * 1024 * 1024;
    struct stat st{};
    if (o.file.in_place || ::stat(o.file.local.c_str(), &st) != 0 || st.st_size < large) return std::nullopt;
    const auto text = [](auto number) { return std::to_string(number); };
    return resume_token(
        {path, text(st.st_dev), text(st.st_ino), text(st.st_size), text(st.st_mtim.tv_sec), text(st.st_mtim.tv_nsec)});
}

/// A put whose answer is lost may have been stored, and a second one would then be told that a file is there, or
/// another one.
bool may_repeat(const options& o) {
    return !o.file.no_overwrite && !o.transfer.if_match;
}

asio::awaitable<put_result> put_file(client& on, const options& o, invocation& s, const std::string& path,
                                     put_options how) {
    put_result done;
    auto token = token_for(o, path);
    transfer_try transfer = [&](client& there, bool first) -> asio::awaitable<void> {
        auto now = how;
        if (token) now.resume(*token);
        bool busy = false;
        try {
            done = co_await there.put(o.file.local, path, std::move(now));
        } catch (const error& e) {
            busy = first && token && e.failure().code == errc::busy;
            if (!busy) throw;
        }
        if (!busy) co_return;
        token.reset(); // another tug sends the same file there: each sends all of it
        done = co_await there.put(o.file.local, path, how);
    };
    if (may_repeat(o))
        co_await with_retries(on, o, s, std::move(transfer));
    else
        co_await transfer(on, true);
    co_return std::move(done);
}

} // namespace

asio::awaitable<int> put(client& on, const options& o, invocation& s) {
    if (!o.copy.paths.empty()) co_return co_await cp(on, o, s);
    if (!o.source.files_from.empty()) co_return co_await put_listed(on, o, s);
    const auto path = path_of(o);
    if (is_local_directory(o.file.local)) co_return co_await put_directory(on, o, o.file.local, path, &s);
    transfer_report report(o);
    auto how = options_of(o, report);
    put_result done;
    if (o.file.local == "-" || is_stream(o.file.local)) {
        descriptor_source from(s.input, co_await open_stream(o.file.local, s));
        done = co_await on.put(from, path, std::move(how));
    } else {
        done = co_await put_file(on, o, s, path, std::move(how));
    }
    boost::json::object details{{"path", bytes_to_json(path)}};
    if (done.unchanged) co_return report.finish_unchanged(done.digest, std::move(details));
    if (done.in_place) details["in_place"] = true;
    if (done.resumed_at > 0) details["resumed_at"] = done.resumed_at;
    co_return report.finish(done.size - done.resumed_at, done.digest, std::move(details));
}

} // namespace tug::cli
