// tree.get: a tree as a stream of entries; only what differs where the client says what it has.

#include "endpoints/endpoints.hpp"
#include "endpoints/tree_result.hpp"
#include "server/callers_root.hpp"
#include "server/context.hpp"

#include <tug/net/tree_streams.hpp>

#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t data = 0;
constexpr std::size_t have = 0; // the one to the server

proto::result<os::tree_reader> open_tree(context& shared, const caller& who, const proto::tree_get_params& params,
                                         os::have_entries& has) {
    const auto find = [&](const os::root& files) { return files.open_directory(params.path); };
    auto top = in_root_of(shared.files, who, find);
    if (!top) return top.error();
    os::tree_read_options how;
    how.owner = params.owner;
    how.contents = !params.dry_run;
    how.digests = params.have == proto::have_list::digests;
    how.exclude = proto::name_patterns(params.exclude);
    how.remove = params.remove;
    if (params.have != proto::have_list::none) how.have = &has;
    return os::tree_reader::begin(std::move(*top), std::move(how));
}

proto::result<void> check(const proto::tree_get_params& params) {
    if (params.level != proto::default_level && params.compress == proto::compression::none)
        return proto::failure::bad_field("level", "goes with compress");
    return check_patterns(params.exclude);
}

} // namespace

asio::awaitable<answer> tree_get(context& shared, call& c, proto::tree_get_params params) {
    if (const auto ok = check(params); !ok) co_return ok.error();
    os::have_entries has;
    const auto open = [&] { return open_tree(shared, c.who(), params, has); };
    auto reader = co_await net::run_blocking(c.files(), open);
    if (!reader) co_return reader.error();
    proto::hasher digest(proto::digest_kind::xxh3_128);
    const net::tree_progress silent;
    std::optional<proto::packer> packer;
    if (params.compress == proto::compression::zstd) packer.emplace(params.level);
    const auto sent = co_await net::send_tree(c.io(), c.files(), *reader, has, digest, data, have, silent,
                                              packer ? &*packer : nullptr);
    if (!sent) co_return sent.error();
    if (!*sent) co_return proto::failure(proto::errc::cancelled, "the client wants no more of the tree");
    auto result = result_of(reader->counts());
    result.digest = digest.finish().to_string();
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service
