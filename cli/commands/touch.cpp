// touch: empty files, and the time of files that are there.

#include "path_work.hpp"

#include <tug/files.hpp>

#include <chrono>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

std::int64_t now_ns() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

/// False where there is no such file.
asio::awaitable<bool> set_time(client& on, std::string path, std::int64_t time) {
    file_attributes to;
    to.mtime_ns = time;
    try {
        co_await on.files().set(path, to);
    } catch (const error& e) {
        if (e.failure().code != errc::not_found) throw;
        co_return false;
    }
    co_return true;
}

} // namespace

asio::awaitable<path_end> touch(client& on, const options& o, invocation&, std::string path) {
    const auto time = o.path.time_ns.value_or(now_ns());
    const bool there = co_await set_time(on, path, time);
    if (there || o.path.no_create) co_return path_end::done;
    put_options how;
    how.overwrite(false).mtime_ns(time);
    bool appeared = false;
    try {
        static_cast<void>(co_await on.put_bytes("", path, std::move(how)));
    } catch (const error& e) {
        if (e.failure().code != errc::already_exists) throw;
        appeared = true;
    }
    // Another program was faster, or a symlink leads nowhere.
    if (appeared && !co_await set_time(on, path, time)) throw error(failure(errc::not_found, path));
    co_return path_end::done;
}

} // namespace tug::cli
