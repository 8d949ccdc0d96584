#pragma once

#include <tug/trees.hpp>

#include <tug/os/tree_changes.hpp>
#include <tug/os/tree_reader.hpp>
#include <tug/os/tree_writer.hpp>
#include <tug/proto/error.hpp>

#include <optional>
#include <string>

namespace tug::detail {

/// A local directory to be sent. Blocks.
[[nodiscard]] proto::result<os::tree_reader> open_local_tree(const std::string& path, os::tree_read_options how);

/// Where a tree from the server goes, and what is there.
struct local_place {
    std::optional<os::tree_writer> writer;    ///< None for a dry run.
    std::optional<os::tree_reader> listing;   ///< None where nothing is there, or was asked for.
    std::optional<os::change_reader> changes; ///< None where nobody wants to know.
};

/// Blocks.
[[nodiscard]] proto::result<void> open_local_place(local_place& to, std::string path,
                                                   const tree_options::settings_type& how);

/// A failure of this host's own files, whatever it would be on the wire.
[[nodiscard]] proto::failure as_local(const proto::failure& why);

} // namespace tug::detail
