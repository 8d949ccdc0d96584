#include "tug/proto/file_operation_messages.hpp"

#include "tug/proto/tree_messages.hpp"

#include "content_digest_kind.hpp"
#include "described_members.hpp"
#include "file_type_kind.hpp"

#include <array>
#include <limits>
#include <utility>

namespace tug::proto {

namespace {

constexpr count_kind id_kind{0, largest_id};
constexpr count_kind permission_bits{0, 0777};
constexpr count_kind all_mode_bits{0, 07777};
constexpr bytes_kind target_kind{1, max_path};

template <class T>
constexpr auto path_member() {
    return member("path", &T::path, path_kind, presence::required);
}

template <class T>
constexpr auto from_member() {
    return member("from", &T::from, path_kind, presence::required);
}

template <class T>
constexpr auto to_member() {
    return member("to", &T::to, path_kind, presence::required);
}

} // namespace

template <>
struct members_of<file_info> {
    static constexpr auto value =
        std::tuple(member("type", &file_info::type, file_type_kind, presence::required),
                   member("size", &file_info::size, count_kind(), presence::required),
                   member("mode", &file_info::mode, all_mode_bits, presence::required),
                   member("mtime_ns", &file_info::mtime_ns, signed_kind(), presence::required),
                   member("uid", &file_info::uid, id_kind, presence::required),
                   member("gid", &file_info::gid, id_kind, presence::required),
                   member("user", &file_info::user, bytes_kind()), member("group", &file_info::group, bytes_kind()),
                   member("links", &file_info::links, count_kind(), presence::required),
                   member("target", &file_info::target, bytes_kind()));
};

template <>
struct members_of<file_stat_params> {
    static constexpr auto value =
        std::tuple(path_member<file_stat_params>(), member("follow", &file_stat_params::follow, flag_kind()),
                   timeout_member<file_stat_params>());
};

template <>
struct members_of<file_mkdir_params> {
    static constexpr auto value =
        std::tuple(path_member<file_mkdir_params>(), member("parents", &file_mkdir_params::parents, flag_kind()),
                   member("mode", &file_mkdir_params::mode, permission_bits), timeout_member<file_mkdir_params>());
};

template <>
struct members_of<file_remove_params> {
    static constexpr auto value =
        std::tuple(path_member<file_remove_params>(), member("recursive", &file_remove_params::recursive, flag_kind()),
                   timeout_member<file_remove_params>());
};

template <>
struct members_of<file_remove_result> {
    static constexpr auto value =
        std::tuple(member("removed", &file_remove_result::removed, count_kind(), presence::required));
};

template <>
struct members_of<file_rename_params> {
    static constexpr auto value = std::tuple(from_member<file_rename_params>(), to_member<file_rename_params>(),
                                             member("overwrite", &file_rename_params::overwrite, flag_kind()),
                                             member("exchange", &file_rename_params::exchange, flag_kind()),
                                             timeout_member<file_rename_params>());
};

template <>
struct members_of<file_symlink_params> {
    static constexpr auto value =
        std::tuple(path_member<file_symlink_params>(),
                   member("target", &file_symlink_params::target, target_kind, presence::required),
                   timeout_member<file_symlink_params>());
};

template <>
struct members_of<file_link_params> {
    static constexpr auto value =
        std::tuple(from_member<file_link_params>(), to_member<file_link_params>(), timeout_member<file_link_params>());
};

template <>
struct members_of<file_set_params> {
    static constexpr auto value = std::tuple(
        path_member<file_set_params>(), member("follow", &file_set_params::follow, flag_kind()),
        member("mode", &file_set_params::mode, permission_bits),
        member("mtime_ns", &file_set_params::mtime_ns, signed_kind()), member("uid", &file_set_params::uid, id_kind),
        member("gid", &file_set_params::gid, id_kind), timeout_member<file_set_params>());
};

template <>
struct members_of<file_space_params> {
    static constexpr auto value = std::tuple(path_member<file_space_params>(), timeout_member<file_space_params>());
};

template <>
struct members_of<file_space_result> {
    static constexpr auto value =
        std::tuple(member("total_bytes", &file_space_result::total_bytes, count_kind(), presence::required),
                   member("free_bytes", &file_space_result::free_bytes, count_kind(), presence::required),
                   member("available_bytes", &file_space_result::available_bytes, count_kind(), presence::required),
                   member("files_free", &file_space_result::files_free, count_kind(), presence::required));
};

template <>
struct members_of<file_list_params> {
    static constexpr auto value = std::tuple(
        path_member<file_list_params>(), member("recursive", &file_list_params::recursive, flag_kind()),
        member("digest", &file_list_params::digest, content_digest_kind),
        member("exclude", &file_list_params::exclude, byte_list_kind{max_exclude}), timeout_member<file_list_params>());
};

constexpr auto entry_members = std::tuple(member("path", &file_list_entry::path, bytes_kind{1}, presence::required),
                                          member("digest", &file_list_entry::digest, text_kind()),
                                          member("error", &file_list_entry::error, text_kind()));

template <>
struct members_of<file_list_result> {
    static constexpr auto value =
        std::tuple(member("entries", &file_list_result::entries, count_kind(), presence::required),
                   member("errors", &file_list_result::errors, count_kind(), presence::required));
};

template struct described_params<file_stat_params>;
template struct described_params<file_mkdir_params>;
template struct described_params<file_remove_params>;
template struct described_params<file_rename_params>;
template struct described_params<file_symlink_params>;
template struct described_params<file_link_params>;
template struct described_params<file_set_params>;
template struct described_params<file_space_params>;
template struct described_params<file_list_params>;
template struct described_result<file_info>;
template struct described_result<file_remove_result>;
template struct described_result<file_space_result>;
template struct described_result<file_list_result>;

std::string_view name_of(file_type type) noexcept {
    for (const auto& [value, name] : file_type_names)
        if (value == type) return name;
    return {};
}

boost::json::object file_list_entry::to_json() const {
    auto out = write_members(*this, entry_members);
    if (info)
        for (auto& member : info->to_json()) out.emplace(member.key(), std::move(member.value()));
    return out;
}

result<file_list_entry> file_list_entry::parse(const boost::json::object& from) {
    auto entry = parse_leniently<file_list_entry>(from, entry_members);
    if (!entry || !entry->error.empty()) return entry;
    auto info = file_info::parse(from);
    if (!info) return info.error();
    entry->info = std::move(*info);
    return entry;
}

std::vector<stream_spec> file_list_params::streams() const {
    return std::vector<stream_spec>(1, stream_spec("entries", direction::to_client));
}

} // namespace tug::proto
