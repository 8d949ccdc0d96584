#include <tug/detail/file_calls.hpp>

#include "at_home.hpp"
#include "object_calls.hpp"
#include "run_digest.hpp"
#include "session.hpp"

#include <utility>

// The calls of files that read or copy a content on the host.

namespace tug::detail {

namespace asio = boost::asio;

asio::awaitable<file_digest> digest(session_ptr s, std::string path, digest_options how) {
    const auto params = to_wire(how, std::move(path));
    co_return from_wire(answer_as<proto::file_digest_result>(params, co_await answer_to(s, params)));
}

asio::awaitable<block_digests> digest_blocks(session_ptr s, std::string path, std::uint64_t block, digest_options how) {
    must_be(s);
    auto work = run_block_digests(s, std::move(path), block, how);
    co_return co_await deliver(s->executor(), std::move(work));
}

asio::awaitable<file_copy_result> copy(session_ptr s, std::string from, std::string to, file_copy_options how) {
    proto::file_copy_params params;
    params.from = std::move(from);
    params.to = std::move(to);
    params.overwrite = how.overwrite;
    params.make_parents = how.make_parents;
    params.durable = how.durable;
    params.follow = how.at_end == symlinks::follow;
    const auto said = answer_as<proto::file_copy_result>(params, co_await answer_to(s, params));
    file_copy_result out;
    out.size = said.size;
    out.reflink = said.reflink;
    co_return out;
}

} // namespace tug::detail
