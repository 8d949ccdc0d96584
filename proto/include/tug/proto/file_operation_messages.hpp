#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/digest.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `file.*`. Paths, targets and the names in them are bytes, which need not be UTF-8.

enum class file_type { file, directory, symlink, fifo, socket, block, character };

/// "file", "directory", "symlink", "fifo", "socket", "block", "char".
[[nodiscard]] std::string_view name_of(file_type type) noexcept;

/// What `file.stat` answers, and what the lines of `file.list` say of an entry.
struct file_info : described_result<file_info> {
    file_type type = file_type::file;
    std::uint64_t size = 0;
    std::uint32_t mode = 0; ///< Permission bits with setuid, setgid and sticky.
    std::int64_t mtime_ns = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user; ///< Empty where the host knows none; so is `group`.
    std::string group;
    std::uint64_t links = 0;
    std::optional<std::string> target; ///< Of a symlink.
};

struct file_stat_params : described_params<file_stat_params> {
    static constexpr std::string_view method = "file.stat";
    std::string path;
    bool follow = true; ///< A symlink at the end of the path.
    std::optional<std::uint64_t> timeout_ms;
};

struct file_mkdir_params : described_params<file_mkdir_params> {
    static constexpr std::string_view method = "file.mkdir";
    std::string path;
    bool parents = false;
    std::uint32_t mode = 0755;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_remove_params : described_params<file_remove_params> {
    static constexpr std::string_view method = "file.remove";
    std::string path;
    bool recursive = false;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_remove_result : described_result<file_remove_result> {
    std::uint64_t removed = 0; ///< Entries that are gone.
};

struct file_rename_params : described_params<file_rename_params> {
    static constexpr std::string_view method = "file.rename";
    std::string from;
    std::string to;
    bool overwrite = true;
    bool exchange = false; ///< Both are there, and change places.
    std::optional<std::uint64_t> timeout_ms;
};

struct file_symlink_params : described_params<file_symlink_params> {
    static constexpr std::string_view method = "file.symlink";
    std::string path;
    std::string target;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_link_params : described_params<file_link_params> {
    static constexpr std::string_view method = "file.link";
    std::string from;
    std::string to;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_set_params : described_params<file_set_params> {
    static constexpr std::string_view method = "file.set";
    std::string path;
    bool follow = true;
    std::optional<std::uint32_t> mode; ///< What is absent stays.
    std::optional<std::int64_t> mtime_ns;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_space_params : described_params<file_space_params> {
    static constexpr std::string_view method = "file.space";
    std::string path;
    std::optional<std::uint64_t> timeout_ms;
};

struct file_space_result : described_result<file_space_result> {
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t available_bytes = 0; ///< To a user without privileges.
    std::uint64_t files_free = 0;
};

struct file_list_params : described_params<file_list_params> {
    static constexpr std::string_view method = "file.list";
    std::string path;
    bool recursive = false;
    std::optional<digest_kind> digest; ///< That of each file beside it.
    std::vector<std::string> exclude;  ///< Patterns of names that are left out.
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// A line of the stream `entries`: the path beside the members of file_info; of what could not be looked at, beside the
/// error.
struct file_list_entry {
    std::string path; ///< Relative to the directory that was listed; it may be longer than a path of a request.
    std::optional<file_info> info;
    std::string digest; ///< Of a file, where it was asked for and could be read.
    std::string error;  ///< The name of an errno, where there is no info.

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<file_list_entry> parse(const boost::json::object& from);
};

struct file_list_result : described_result<file_list_result> {
    std::uint64_t entries = 0;
    std::uint64_t errors = 0;
};

} // namespace tug::proto
