#include "delta_base.hpp"

#include "run_digest.hpp"

#include <tug/file_content.hpp>
#include <tug/proto/block_delta.hpp>

#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;

namespace {

/// There is nothing to build on, and that is no failure: the whole file is sent then. A protocol_violation is also what
/// a file is that has more blocks than fit into memory.
bool means_none(errc code) {
    switch (code) {
    case errc::not_found:
    case errc::is_directory:
    case errc::not_a_regular_file:
    case errc::permission_denied:
    case errc::protocol_violation:
    case errc::method_not_found: return true;
    default: return false;
    }
}

} // namespace

asio::awaitable<proto::result<std::optional<delta_base>>> ask_base(std::shared_ptr<session> s, std::string path,
                                                                   std::size_t block) {
    const std::optional<delta_base> none;
    const digest_options how;
    auto said = co_await run_block_digests(std::move(s), std::move(path), block, how);
    if (!said && means_none(said.error().code)) co_return none;
    if (!said) co_return said.error();
    const auto digest = proto::digest::parse(said->whole.digest);
    if (!digest || said->count() > proto::block_delta::most_blocks) co_return none;
    delta_base out;
    out.size = said->whole.size;
    out.digest = *digest;
    out.block = block;
    out.digests = std::move(said->bytes);
    co_return std::optional(std::move(out));
}

} // namespace tug::detail
