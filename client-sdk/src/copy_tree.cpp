#include <tug/client.hpp>

#include "object_calls.hpp"
#include "tree_calls.hpp"

#include <tug/proto/tree_messages.hpp>
#include <tug/trees.hpp>

#include <utility>

namespace tug::detail {

namespace asio = boost::asio;

namespace {

tree_summary summary_of(const proto::tree_result& said) {
    tree_summary out;
    out.files = said.files;
    out.directories = said.directories;
    out.symlinks = said.symlinks;
    out.bytes = said.bytes;
    out.skipped = said.skipped;
    out.changed = said.changed;
    return out;
}

} // namespace

asio::awaitable<tree_summary> copy_tree(session_ptr s, std::string from, std::string to, tree_options how) {
    const auto& set = how.settings();
    proto::tree_copy_params params;
    params.from = std::move(from);
    params.to = std::move(to);
    params.mode = to_wire(set.mode);
    params.exclude = set.exclude;
    params.owner = set.owner;
    params.make_parents = set.make_parents;
    params.durable = set.durable;
    if (set.timeout) params.timeout_ms = static_cast<std::uint64_t>(set.timeout->count());
    co_return summary_of(answer_as<proto::tree_result>(params, co_await answer_to(s, params)));
}

} // namespace tug::detail
