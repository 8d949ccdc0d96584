#include "run_digest.hpp"

#include <tug/error.hpp>

#include <memory>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;

file_digest from_wire(proto::file_digest_result said) {
    file_digest out;
    out.size = said.size;
    out.bytes = said.bytes;
    out.digest = std::move(said.digest);
    out.mtime_ns = said.mtime_ns;
    return out;
}

proto::file_digest_params to_wire(const digest_options& set, std::string path) {
    proto::file_digest_params out;
    out.path = std::move(path);
    out.digest = set.kind;
    out.offset = set.offset;
    out.length = set.length;
    return out;
}

namespace {

/// What comes until the end of the stream; where the answer ended it, that says why.
asio::awaitable<proto::result<std::string>> collect_blocks(pending& call) {
    constexpr std::size_t most = 64UL * 1024 * 1024; // of a file of 256 GiB in the smallest blocks
    std::string out;
    for (;;) {
        const auto piece = co_await call.io().read(0);
        if (!piece && !call.answer()) co_return piece.error();
        if (!piece || piece->empty()) co_return out;
        if (out.size() + piece->size() > most)
            co_return failure(errc::protocol_violation, "more digests of blocks come than fit here");
        out += piece->text();
    }
}

} // namespace

asio::awaitable<proto::result<block_digests>> run_block_digests(std::shared_ptr<session> s, std::string path,
                                                                std::uint64_t block, digest_options how) {
    auto params = to_wire(how, std::move(path));
    params.block = block;
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    call_guard guard(s, *begun);
    auto bytes = co_await collect_blocks(**begun);
    if (!bytes) co_return bytes.error();
    const auto answer = co_await (*begun)->wait();
    if (!answer) co_return answer.error();
    const auto* members = answer->if_object();
    auto whole = members != nullptr ? proto::file_digest_result::parse(*members)
                                    : proto::result<proto::file_digest_result>(errc::protocol_violation);
    if (!whole) co_return failure(errc::protocol_violation, "the result of file.digest: " + whole.error().message);
    block_digests out;
    out.whole = from_wire(std::move(*whole));
    out.block = block;
    out.digest_size = proto::size_of(how.kind);
    out.bytes = std::move(*bytes);
    const auto count = out.whole.bytes / block + (out.whole.bytes % block != 0 ? 1 : 0);
    if (out.bytes.size() != count * out.digest_size)
        co_return failure(errc::protocol_violation, "not as many digests of blocks came as the file has");
    co_return out;
}

} // namespace tug::detail
