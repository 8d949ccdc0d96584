#include "tug/proto/file_content_messages.hpp"

#include "content_digest_kind.hpp"
#include "described_members.hpp"

namespace tug::proto {

namespace {

constexpr count_kind block_size{file_digest_params::smallest_block, file_digest_params::largest_block};

} // namespace

template <>
struct members_of<file_digest_params> {
    using t = file_digest_params;
    static constexpr auto value = std::tuple(
        member("path", &t::path, path_kind, presence::required), member("digest", &t::digest, content_digest_kind),
        member("offset", &t::offset, count_kind()), member("length", &t::length, count_kind()),
        member("block", &t::block, block_size), timeout_member<t>());
};

template <>
struct members_of<file_digest_result> {
    using t = file_digest_result;
    static constexpr auto value = std::tuple(member("size", &t::size, count_kind(), presence::required),
                                             member("bytes", &t::bytes, count_kind(), presence::required),
                                             member("digest", &t::digest, text_kind(), presence::required),
                                             member("mtime_ns", &t::mtime_ns, signed_kind(), presence::required));
};

template <>
struct members_of<file_copy_params> {
    using t = file_copy_params;
    static constexpr auto value = std::tuple(
        member("from", &t::from, path_kind, presence::required), member("to", &t::to, path_kind, presence::required),
        member("overwrite", &t::overwrite, flag_kind()), member("make_parents", &t::make_parents, flag_kind()),
        member("durable", &t::durable, flag_kind()), member("follow", &t::follow, flag_kind()), timeout_member<t>());
};

template <>
struct members_of<file_copy_result> {
    using t = file_copy_result;
    static constexpr auto value = std::tuple(member("size", &t::size, count_kind(), presence::required),
                                             member("reflink", &t::reflink, flag_kind(), presence::required));
};

template struct described_params<file_digest_params>;
template struct described_result<file_digest_result>;
template struct described_params<file_copy_params>;
template struct described_result<file_copy_result>;

std::vector<stream_spec> file_digest_params::streams() const {
    std::vector<stream_spec> out;
    if (block) out.emplace_back("blocks", direction::to_client);
    return out;
}

} // namespace tug::proto
