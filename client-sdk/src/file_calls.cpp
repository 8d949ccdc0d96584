#include <tug/detail/file_calls.hpp>

#include "at_home.hpp"
#include "file_wire.hpp"
#include "listing_state.hpp"
#include "object_calls.hpp"
#include "session.hpp"

#include <tug/listing.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace tug {

std::string_view name_of(file_type type) noexcept {
    return proto::name_of(static_cast<proto::file_type>(type));
}

} // namespace tug

// The calls of files.

namespace tug::detail {

namespace asio = boost::asio;

static_assert(static_cast<int>(proto::file_type::character) == static_cast<int>(file_type::character));

file_info from_wire(proto::file_info said) {
    file_info out;
    out.type = static_cast<file_type>(said.type);
    out.size = said.size;
    out.mode = said.mode;
    out.mtime_ns = said.mtime_ns;
    out.uid = said.uid;
    out.gid = said.gid;
    out.user = std::move(said.user);
    out.group = std::move(said.group);
    out.links = said.links;
    out.target = std::move(said.target);
    return out;
}

file_entry from_wire(proto::file_list_entry said) {
    file_entry out;
    out.path = std::move(said.path);
    if (said.info) out.info = from_wire(std::move(*said.info));
    out.digest = std::move(said.digest);
    out.error = std::move(said.error);
    return out;
}

namespace {

asio::awaitable<proto::result<listing>> begin_listing(session_ptr s, proto::file_list_params params) {
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    co_return listing(std::make_shared<listing_state>(s, std::move(*begun)));
}

} // namespace

asio::any_io_executor home_of(const listing_ptr& of) {
    if (of) return of->executor();
    return asio::system_executor();
}

asio::awaitable<file_info> stat(session_ptr s, std::string path, symlinks at_end) {
    proto::file_stat_params params;
    params.path = std::move(path);
    params.follow = at_end == symlinks::follow;
    co_return from_wire(answer_as<proto::file_info>(params, co_await answer_to(s, params)));
}

asio::awaitable<listing> list(session_ptr s, std::string path, list_options how) {
    must_be(s);
    proto::file_list_params params;
    params.path = std::move(path);
    params.recursive = how.how == depth::all;
    params.digest = how.digest;
    params.exclude = std::move(how.exclude);
    co_return co_await deliver(s->executor(), begin_listing(s, std::move(params)));
}

asio::awaitable<file_space> space(session_ptr s, std::string path) {
    proto::file_space_params params;
    params.path = std::move(path);
    const auto said = answer_as<proto::file_space_result>(params, co_await answer_to(s, params));
    file_space out;
    out.total_bytes = said.total_bytes;
    out.free_bytes = said.free_bytes;
    out.available_bytes = said.available_bytes;
    out.files_free = said.files_free;
    co_return out;
}

asio::awaitable<void> make_directory(session_ptr s, std::string path, std::uint32_t mode, bool parents) {
    proto::file_mkdir_params params;
    params.path = std::move(path);
    params.mode = mode;
    params.parents = parents;
    return ask_to(std::move(s), params);
}

asio::awaitable<std::uint64_t> remove(session_ptr s, std::string path, depth how) {
    proto::file_remove_params params;
    params.path = std::move(path);
    params.recursive = how == depth::all;
    const auto said = answer_as<proto::file_remove_result>(params, co_await answer_to(s, params));
    co_return said.removed;
}

asio::awaitable<void> rename(session_ptr s, std::string from, std::string to, rename_mode how) {
    proto::file_rename_params params;
    params.from = std::move(from);
    params.to = std::move(to);
    params.overwrite = how == rename_mode::overwrite;
    params.exchange = how == rename_mode::exchange;
    return ask_to(std::move(s), params);
}

asio::awaitable<void> make_symlink(session_ptr s, std::string path, std::string target) {
    proto::file_symlink_params params;
    params.path = std::move(path);
    params.target = std::move(target);
    return ask_to(std::move(s), params);
}

asio::awaitable<void> make_link(session_ptr s, std::string from, std::string to) {
    proto::file_link_params params;
    params.from = std::move(from);
    params.to = std::move(to);
    return ask_to(std::move(s), params);
}

asio::awaitable<void> set_attributes(session_ptr s, std::string path, file_attributes to, symlinks at_end) {
    proto::file_set_params params;
    params.path = std::move(path);
    params.follow = at_end == symlinks::follow;
    params.mode = to.mode;
    params.mtime_ns = to.mtime_ns;
    params.uid = to.uid;
    params.gid = to.gid;
    return ask_to(std::move(s), params);
}

} // namespace tug::detail
