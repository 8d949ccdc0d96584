#pragma once

#include <tug/os/tree_reader.hpp>
#include <tug/os/tree_writer.hpp>

#include "scratch.hpp"
#include "support/sample_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tug::os::test {

inline unique_fd open_directory(const fs::path& path) {
    return unique_fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// A writer of the tree `name` in a directory.
inline proto::result<void> begin_beside(std::optional<tree_writer>& out, const fs::path& parent, std::string name,
                                        tree_target target, const tree_write_options& how = {}) {
    auto staged = staged_tree::create(open_directory(parent), std::move(name), target);
    if (!staged) return staged.error();
    out.emplace(std::move(*staged), how);
    return {};
}

/// All of a tree as one stream.
inline std::string stream_of(const fs::path& top, tree_read_options how = {}) {
    auto reader = tree_reader::begin(open_directory(top), std::move(how));
    BOOST_REQUIRE(reader.has_value());
    std::string out;
    while (!reader->done()) {
        const auto pieces = reader->read(100'000);
        BOOST_REQUIRE_MESSAGE(pieces.has_value(), (pieces ? "" : pieces.error().message));
        for (const auto& piece : *pieces) out += piece.text();
    }
    return out;
}

/// Feeds a stream in parts of that size, and commits.
inline proto::result<void> write_stream(tree_writer& to, std::string_view stream, std::size_t part = 70'000) {
    while (!stream.empty()) {
        const auto some = stream.substr(0, part);
        stream.remove_prefix(some.size());
        if (auto fed = to.feed(std::as_bytes(std::span(some))); !fed) return fed;
    }
    return to.commit();
}

using tug::test::make_sample_tree;
using tug::test::picture;
using tug::test::record;
using tug::test::set_time;

} // namespace tug::os::test
