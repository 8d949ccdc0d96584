#include "one_file.hpp"

#include <tug/os/path_text.hpp>

#include <sys/stat.h>

#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

/// What a put of this very file is resumed by; nothing where it is sent anew as fast.
std::optional<std::string> token_for(const options& o, const std::string& local, const std::string& remote) {
    constexpr off_t large = 4 * 1024 * 1024;
    struct stat st{};
    if (o.file.in_place || ::stat(local.c_str(), &st) != 0 || st.st_size < large) return std::nullopt;
    const auto text = [](auto number) { return std::to_string(number); };
    return resume_token({remote, text(st.st_dev), text(st.st_ino), text(st.st_size), text(st.st_mtim.tv_sec),
                         text(st.st_mtim.tv_nsec)});
}

/// A put whose answer is lost may have been stored, and a second one would then be told that a file is there, or
/// another one.
bool may_repeat(const options& o) {
    return !o.file.no_overwrite && !o.transfer.if_match;
}

} // namespace

asio::awaitable<put_result> send_file(connected_host to, const options& o, invocation& s, std::string local,
                                      std::string remote, put_options how) {
    put_result done;
    auto token = token_for(o, local, remote);
    transfer_try transfer = [&](client& there, bool first) -> asio::awaitable<void> {
        auto now = how;
        if (token) now.resume(*token);
        bool busy = false;
        try {
            done = co_await there.put(local, remote, std::move(now));
        } catch (const error& e) {
            busy = first && token && e.failure().code == errc::busy;
            if (!busy) throw;
        }
        if (!busy) co_return;
        token.reset(); // another tug sends the same file there: each sends all of it
        done = co_await there.put(local, remote, how);
    };
    if (may_repeat(o))
        co_await with_retries(to, o, s, std::move(transfer));
    else
        co_await transfer(to.on, true);
    co_return std::move(done);
}

asio::awaitable<put_result> send_file_or_into(connected_host to, const options& o, invocation& s, std::string local,
                                              std::string& remote, put_options how) {
    try {
        auto first = how;
        co_return co_await send_file(to, o, s, local, remote, std::move(first));
    } catch (const error& e) {
        if (e.failure().code != errc::is_directory) throw;
    }
    remote = os::path_in(std::move(remote), base_name(local));
    co_return co_await send_file(std::move(to), o, s, std::move(local), remote, std::move(how));
}

asio::awaitable<get_result> fetch_file(connected_host from, const options& o, invocation& s, std::string remote,
                                       std::string local, get_options how) {
    get_result done;
    how.resume(resume_token({from.address, remote}));
    transfer_try transfer = [&](client& there, bool) -> asio::awaitable<void> {
        done = co_await there.get(remote, local, how);
    };
    co_await with_retries(from, o, s, std::move(transfer));
    co_return std::move(done);
}

asio::awaitable<get_result> fetch_stream(connected_host from, const options& o, invocation& s, std::string remote,
                                         shared_descriptor to, get_options how) {
    descriptor_sink sink(s.output, std::move(to));
    get_result done;
    std::optional<failure> cut;
    transfer_try transfer = [&](client& there, bool) -> asio::awaitable<void> {
        try {
            done = co_await there.get(remote, sink, how);
        } catch (const error& e) {
            if (!sink.begun()) throw;
            cut = e.failure();
        }
    };
    co_await with_retries(from, o, s, std::move(transfer));
    if (cut) throw error(std::move(*cut));
    co_return std::move(done);
}

} // namespace tug::cli
