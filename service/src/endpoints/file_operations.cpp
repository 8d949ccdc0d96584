// file.stat, file.mkdir, file.remove, file.rename, file.symlink, file.link, file.set and file.space: one piece of work
// on a file thread each.

#include "endpoints/endpoints.hpp"
#include "endpoints/file_info.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/blocking.hpp>
#include <tug/os/errno.hpp>
#include <tug/os/file_operations.hpp>
#include <tug/os/path_text.hpp>

#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using result = proto::result<json::object>;

/// Answers with what `work` makes of the caller's root.
template <class Work>
asio::awaitable<answer> in_files(context& shared, call& c, Work work) {
    const auto job = [&] { return in_root_of(shared.files, c.who(), work); };
    auto done = co_await net::run_blocking(c.files(), job);
    if (done) co_return json::value(std::move(*done));
    if (done.error().code == proto::errc::cancelled && c.why_cancelled() != cancel_reason::none)
        co_return failure_of(c.why_cancelled());
    co_return done.error();
}

/// The result of what says nothing but that it is done.
result nothing_or_failure(const proto::result<void>& done) {
    if (!done) return done.error();
    return json::object();
}

os::last_link at_end(bool follow) noexcept {
    return follow ? os::last_link::followed : os::last_link::kept;
}

} // namespace

asio::awaitable<answer> file_stat(context& shared, call& c, proto::file_stat_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) -> result {
        const auto node = files.open_node(p.path, at_end(p.follow));
        if (!node) return node.error();
        auto status = os::status_of(node->get());
        if (!status) return os::file_failure(status.error().value(), "cannot look at " + os::quoted(p.path));
        account_names names;
        return info_of(std::move(*status), names).to_json();
    });
}

asio::awaitable<answer> file_mkdir(context& shared, call& c, proto::file_mkdir_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) {
        return nothing_or_failure(os::make_directory_at(files, p.path, p.parents, p.mode));
    });
}

asio::awaitable<answer> file_remove(context& shared, call& c, proto::file_remove_params params) {
    return in_files(shared, c, [&c, p = std::move(params)](const os::root& files) -> result {
        const auto stop = [&c] { return c.why_cancelled() != cancel_reason::none; };
        const auto removed = os::remove_at(files, p.path, p.recursive, stop);
        if (!removed) return removed.error();
        proto::file_remove_result out;
        out.removed = *removed;
        return out.to_json();
    });
}

asio::awaitable<answer> file_rename(context& shared, call& c, proto::file_rename_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) {
        const auto how = p.exchange    ? os::rename_mode::exchange
                         : p.overwrite ? os::rename_mode::overwrite
                                       : os::rename_mode::keep;
        return nothing_or_failure(os::rename_at(files, p.from, p.to, how));
    });
}

asio::awaitable<answer> file_symlink(context& shared, call& c, proto::file_symlink_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) {
        return nothing_or_failure(os::make_symlink_at(files, p.path, p.target));
    });
}

asio::awaitable<answer> file_link(context& shared, call& c, proto::file_link_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) {
        return nothing_or_failure(os::make_link_at(files, p.from, p.to));
    });
}

asio::awaitable<answer> file_set(context& shared, call& c, proto::file_set_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) {
        os::file_attributes to;
        to.mode = p.mode;
        to.mtime_ns = p.mtime_ns;
        to.uid = p.uid;
        to.gid = p.gid;
        return nothing_or_failure(os::set_attributes_at(files, p.path, at_end(p.follow), to));
    });
}

asio::awaitable<answer> file_space(context& shared, call& c, proto::file_space_params params) {
    return in_files(shared, c, [p = std::move(params)](const os::root& files) -> result {
        const auto space = os::space_at(files, p.path);
        if (!space) return space.error();
        proto::file_space_result out;
        out.total_bytes = space->total_bytes;
        out.free_bytes = space->free_bytes;
        out.available_bytes = space->available_bytes;
        out.files_free = space->files_free;
        return out.to_json();
    });
}

} // namespace tug::service
