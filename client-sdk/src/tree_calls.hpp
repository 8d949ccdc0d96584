#pragma once

#include "session.hpp"

#include <tug/net/tree_streams.hpp>
#include <tug/proto/tree_messages.hpp>
#include <tug/trees.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::detail {

// What trees have in common that are sent and that are fetched.

inline constexpr net::tree_stream_ids tree_streams;

[[nodiscard]] proto::have_list to_wire(tree_compare by) noexcept;

[[nodiscard]] proto::tree_mode to_wire(tree_mode mode) noexcept;

template <class Params>
[[nodiscard]] Params params_for(const tree_options::settings_type& set, std::string path) {
    Params out;
    out.path = std::move(path);
    out.remove = set.remove;
    out.have = to_wire(set.compare);
    out.exclude = set.exclude;
    out.owner = set.owner;
    out.dry_run = set.dry_run;
    out.delta = set.delta;
    if (set.compress) out.compress = proto::compression::zstd;
    if (set.timeout) out.timeout_ms = static_cast<std::uint64_t>(set.timeout->count());
    return out;
}

[[nodiscard]] tree_summary summary_of(const os::tree_counts& counts);

/// What the server says of a tree, and that both saw the same bytes.
[[nodiscard]] proto::result<proto::tree_result> check_tree(const proto::result<boost::json::value>& answer,
                                                           const std::string& digest);

[[nodiscard]] proto::result<void> check_tree_options(const tree_options::settings_type& set);

/// A file that was put together of an old one and what was sent was not the right one: all of it is to be sent.
[[nodiscard]] bool is_untrue_delta(const proto::result<tree_summary>& summary, const tree_options::settings_type& set);

/// What a file of this host did has an errno; what else fails on the way keeps its name.
[[nodiscard]] proto::failure of_this_side(const proto::failure& why);

/// How far a tree is, and how much there is.
using amounts = std::pair<std::optional<proto::tree_amount>, std::optional<proto::tree_amount>>;

/// Tells the progress of one tree and its changes, and keeps it to its rate. `look` says how far it is, `changes` what
/// has changed since its last call. `set` must outlive it.
[[nodiscard]] net::tree_progress teller(const tree_options::settings_type& set, std::function<amounts()> look,
                                        std::function<std::vector<os::tree_change>()> changes);

} // namespace tug::detail
