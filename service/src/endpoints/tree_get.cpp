// tree.get: a tree as a stream of entries; only what differs where the client says what it has.

#include "endpoints/endpoints.hpp"
#include "endpoints/tree_result.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/task_group.hpp>
#include <tug/net/tree_streams.hpp>

#include <fcntl.h>

#include <chrono>
#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr net::tree_stream_ids streams;

proto::result<os::unique_fd> open_top(context& shared, const caller& who, const proto::tree_get_params& params) {
    const auto find = [&](const os::root& files) { return files.open_directory(params.path); };
    return in_root_of(shared.files, who, find);
}

proto::result<os::tree_reader> open_tree(os::unique_fd top, const proto::tree_get_params& params,
                                         os::have_entries& has) {
    os::tree_read_options how;
    how.owner = params.owner;
    how.whole = params.whole;
    how.contents = !params.dry_run;
    how.digests = params.have == proto::have_list::digests;
    how.exclude = proto::name_patterns(params.exclude);
    how.remove = params.remove;
    how.delta = params.delta;
    if (params.have != proto::have_list::none) how.have = &has;
    return os::tree_reader::begin(std::move(top), std::move(how));
}

/// Of the same tree, to count it.
proto::result<os::tree_reader> open_count(const os::unique_fd& top, const proto::tree_get_params& params) {
    os::tree_read_options how;
    how.contents = false;
    how.exclude = proto::name_patterns(params.exclude);
    return os::tree_reader::begin(os::unique_fd(::fcntl(top.get(), F_DUPFD_CLOEXEC, 0)), std::move(how));
}

/// Where `all` is there, it is counted meanwhile, and the client is told how far it is.
asio::awaitable<proto::result<bool>> send_entries(call& c, os::tree_reader& from, os::have_entries& has,
                                                  proto::hasher& digest, std::optional<os::tree_reader>& all,
                                                  proto::packer* by) {
    net::task_group beside(c.get_executor());
    std::optional<proto::tree_amount> total;
    net::tree_progress tell;
    if (all) {
        from.tell_progress(total);
        beside.spawn(net::count_tree(c.files(), *all, total));
        tell = [&](std::size_t) {
            from.tell_progress(total);
            return std::chrono::steady_clock::duration::zero();
        };
    }
    auto sent = co_await net::send_tree(c.io(), c.files(), from, has, digest, streams, tell, by);
    beside.cancel();
    co_await beside.join();
    co_return sent;
}

proto::result<void> check_tree_get(const proto::tree_get_params& params) {
    if (params.level != proto::default_level && params.compress == proto::compression::none)
        return proto::failure::bad_field("level", "goes with compress");
    if (params.delta && params.have == proto::have_list::none)
        return proto::failure::bad_field("delta", "goes with have");
    return check_patterns(params.exclude);
}

} // namespace

asio::awaitable<answer> tree_get(context& shared, call& c, proto::tree_get_params params) {
    if (const auto ok = check_tree_get(params); !ok) co_return ok.error();
    os::have_entries has;
    std::optional<os::tree_reader> all;
    const auto open = [&]() -> proto::result<os::tree_reader> {
        auto top = open_top(shared, c.who(), params);
        if (!top) return top.error();
        if (params.progress) {
            auto counted = open_count(*top, params);
            if (!counted) return counted.error();
            all.emplace(std::move(*counted));
        }
        return open_tree(std::move(*top), params, has);
    };
    auto reader = co_await net::run_blocking(c.files(), open);
    if (!reader) co_return reader.error();
    proto::hasher digest(proto::digest_kind::xxh3_128);
    std::optional<proto::packer> packer;
    if (params.compress == proto::compression::zstd) packer.emplace(params.level);
    const auto sent = co_await send_entries(c, *reader, has, digest, all, packer ? &*packer : nullptr);
    if (!sent) co_return sent.error();
    if (!*sent) co_return proto::failure(proto::errc::cancelled, "the client wants no more of the tree");
    auto result = result_of(reader->counts());
    result.digest = digest.finish().to_string();
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
