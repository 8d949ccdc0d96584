#include "delta_base.hpp"

#include <tug/proto/bytes.hpp>
#include <tug/proto/member_reader.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

constexpr std::size_t blocks = 0; // the one stream

/// There is nothing to build on, and that is no failure.
bool means_none(errc code) {
    switch (code) {
    case errc::not_found:
    case errc::is_directory:
    case errc::not_a_regular_file:
    case errc::permission_denied:
    case errc::method_not_found: return true;
    default: return false;
    }
}

proto::result<delta_base> parse(const boost::json::value& answer, std::size_t block, std::string digests) {
    const auto* members = answer.if_object();
    if (!members) return failure(errc::protocol_violation, "the result of file.digest is no object");
    proto::member_reader in(*members);
    delta_base out;
    out.size = in.required("size", in.count("size"));
    const auto text = in.required("digest", in.view("digest"));
    if (const auto wrong = in.finish_lenient())
        return failure(errc::protocol_violation, "the result of file.digest: " + wrong->message);
    const auto digest = proto::digest::parse(text);
    if (!digest) return failure(errc::protocol_violation, "the digest of file.digest is none");
    out.digest = *digest;
    out.block = block;
    out.digests = std::move(digests);
    return out;
}

} // namespace

asio::awaitable<proto::result<std::optional<delta_base>>> ask_base(std::shared_ptr<session> s, std::string path,
                                                                   std::size_t block) {
    const std::optional<delta_base> none;
    boost::json::object params{{"path", proto::bytes_to_json(path)}, {"block", block}};
    std::vector<proto::stream_spec> streams;
    streams.emplace_back("blocks", proto::direction::to_client);
    auto begun = co_await s->begin_call("file.digest", std::move(params), std::move(streams));
    if (!begun) co_return begun.error();
    const auto& p = *begun;
    call_guard guard(s, p);
    std::string digests;
    for (;;) {
        const auto piece = co_await p->io().read(blocks);
        if (!piece && !p->answer()) co_return piece.error();
        if (!piece || piece->empty()) break;
        digests += piece->text();
        if (digests.size() > block_delta::most_blocks * block_delta::digest_size) co_return none;
    }
    const auto answer = co_await p->wait();
    if (!answer && means_none(answer.error().code)) co_return none;
    if (!answer) co_return answer.error();
    auto base = parse(*answer, block, std::move(digests));
    if (!base) co_return base.error();
    co_return std::optional(std::move(*base));
}

} // namespace tug::detail
