#include "tug/proto/tree_messages.hpp"

#include "compression_kind.hpp"
#include "described_members.hpp"
#include "token_kind.hpp"

#include <array>
#include <utility>

namespace tug::proto {

namespace {

constexpr choice_kind<tree_mode, 3> mode_kind{{std::pair{tree_mode::merge, std::string_view("merge")},
                                               std::pair{tree_mode::fresh, std::string_view("new")},
                                               std::pair{tree_mode::replace, std::string_view("replace")}}};
constexpr choice_kind<have_list, 3> have_kind{{std::pair{have_list::none, std::string_view("none")},
                                               std::pair{have_list::times, std::string_view("times")},
                                               std::pair{have_list::digests, std::string_view("digests")}}};
constexpr bytes_kind name_kind{1, 255};
constexpr byte_list_kind patterns_kind{max_exclude};

} // namespace

template <>
struct members_of<tree_put_params> {
    using t = tree_put_params;
    static constexpr auto value =
        std::tuple(member("path", &t::path, path_kind, presence::required), member("into", &t::into, name_kind),
                   member("mode", &t::mode, mode_kind), member("delete", &t::remove, flag_kind()),
                   member("have", &t::have, have_kind), member("exclude", &t::exclude, patterns_kind),
                   member("owner", &t::owner, flag_kind()), member("make_parents", &t::make_parents, flag_kind()),
                   member("durable", &t::durable, flag_kind()), member("dry_run", &t::dry_run, flag_kind()),
                   member("delta", &t::delta, flag_kind()), member("resume", &t::resume, token_kind()),
                   member("compress", &t::compress, compression_kind), timeout_member<t>());
};

template <>
struct members_of<tree_get_params> {
    using t = tree_get_params;
    static constexpr auto value =
        std::tuple(member("path", &t::path, path_kind, presence::required), member("delete", &t::remove, flag_kind()),
                   member("have", &t::have, have_kind), member("exclude", &t::exclude, patterns_kind),
                   member("owner", &t::owner, flag_kind()), member("dry_run", &t::dry_run, flag_kind()),
                   member("compress", &t::compress, compression_kind), member("level", &t::level, level_kind),
                   member("progress", &t::progress, flag_kind()), member("whole", &t::whole, flag_kind()),
                   member("delta", &t::delta, flag_kind()), timeout_member<t>());
};

template <>
struct members_of<tree_copy_params> {
    using t = tree_copy_params;
    static constexpr auto value = std::tuple(
        member("from", &t::from, path_kind, presence::required), member("to", &t::to, path_kind, presence::required),
        member("mode", &t::mode, mode_kind), member("exclude", &t::exclude, patterns_kind),
        member("owner", &t::owner, flag_kind()), member("make_parents", &t::make_parents, flag_kind()),
        member("durable", &t::durable, flag_kind()), timeout_member<t>());
};

template <>
struct members_of<tree_result> {
    using t = tree_result;
    static constexpr auto value = std::tuple(
        member("files", &t::files, count_kind(), presence::required),
        member("directories", &t::directories, count_kind(), presence::required),
        member("symlinks", &t::symlinks, count_kind(), presence::required),
        member("bytes", &t::bytes, count_kind(), presence::required),
        member("unchanged", &t::unchanged, count_kind(), presence::required),
        member("removed", &t::removed, count_kind(), presence::required),
        member("skipped", &t::skipped, count_kind(), presence::required),
        member("changed", &t::changed, count_kind(), presence::required), member("patched", &t::patched, count_kind()),
        member("reused", &t::reused, count_kind()), member("digest", &t::digest, text_kind()));
};

template struct described_params<tree_put_params>;
template struct described_params<tree_get_params>;
template struct described_params<tree_copy_params>;
template struct described_result<tree_result>;

std::vector<stream_spec> tree_put_params::streams() const {
    std::vector<stream_spec> out;
    out.emplace_back("data", direction::to_server, true);
    out.back().may_be_packed = compress != compression::none;
    if (have != have_list::none) out.emplace_back("have", direction::to_client);
    if (delta) out.emplace_back("blocks", direction::to_client);
    return out;
}

std::vector<stream_spec> tree_get_params::streams() const {
    std::vector<stream_spec> out;
    out.emplace_back("data", direction::to_client);
    out.back().may_be_packed = compress != compression::none;
    if (have != have_list::none) out.emplace_back("have", direction::to_server);
    if (delta) out.emplace_back("blocks", direction::to_server);
    return out;
}

} // namespace tug::proto
